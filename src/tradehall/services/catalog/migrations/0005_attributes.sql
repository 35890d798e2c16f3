-- What a category's products are described by, in types. An attribute is the store's, and is assigned to categories; it
-- holds in those below them, too.
CREATE TABLE attributes (
  store_id   uuid,
  id         uuid NOT NULL,
  code       text NOT NULL CHECK (code ~ '^[a-z][a-z0-9_]*$' AND length(code) <= 50),
  name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  kind       text NOT NULL CHECK (kind IN ('text', 'number', 'boolean', 'choice')),
  unit       text NOT NULL DEFAULT '' CHECK (unit = '' OR kind = 'number'),
  choices    text[] NOT NULL DEFAULT '{}' CHECK ((kind = 'choice') = (cardinality(choices) > 0)),
  filterable boolean NOT NULL DEFAULT true,
  required   boolean NOT NULL DEFAULT false,
  position   int NOT NULL DEFAULT 0,
  PRIMARY KEY (store_id, id),
  UNIQUE (code, store_id)
);
CALL protect('attributes');

CREATE TABLE attribute_categories (
  store_id     uuid,
  attribute_id uuid NOT NULL,
  category     text NOT NULL,
  PRIMARY KEY (store_id, attribute_id, category),
  FOREIGN KEY (store_id, attribute_id) REFERENCES attributes (store_id, id) ON DELETE CASCADE,
  FOREIGN KEY (store_id, category) REFERENCES categories (store_id, slug) ON UPDATE CASCADE ON DELETE CASCADE
);
CALL protect('attribute_categories');
CREATE INDEX attributes_of_category ON attribute_categories (category, store_id, attribute_id);

-- Copies of what products say in their specifications, at `position` there, as filters need it: a number of a number,
-- else a text ("true" and "false" of a boolean). `misfit` is what stands there and does not fit the attribute, such as
-- after a change of its kind. float8, since numeric's comparisons are not leakproof.
CREATE TABLE attribute_values (
  store_id     uuid,
  product_id   uuid NOT NULL,
  position     int NOT NULL,
  attribute_id uuid NOT NULL,
  value        text CHECK (length(value) <= 200),
  number       float8 CHECK (number BETWEEN -1e15 AND 1e15),
  misfit       text,
  PRIMARY KEY (store_id, product_id, position),
  FOREIGN KEY (store_id, product_id) REFERENCES products (store_id, id),
  FOREIGN KEY (store_id, attribute_id) REFERENCES attributes (store_id, id) ON DELETE CASCADE,
  CHECK (num_nonnulls(value, number, misfit) = 1)
);
CALL protect('attribute_values');
CREATE INDEX attribute_values_by_text ON attribute_values (attribute_id, value, store_id, product_id)
  WHERE value IS NOT NULL;
CREATE INDEX attribute_values_by_number ON attribute_values (attribute_id, number, store_id, product_id)
  WHERE number IS NOT NULL;
CREATE INDEX attribute_misfits ON attribute_values (attribute_id, store_id, product_id) WHERE misfit IS NOT NULL;
