-- Mappings of columns to fields, by name; without a seller they are the store's own.
CREATE TABLE import_mappings (
  store_id   uuid,
  id         uuid,
  seller_id  uuid,
  name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
  mapping    jsonb NOT NULL CHECK (jsonb_typeof(mapping) = 'object'),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (store_id, id),
  CONSTRAINT one_mapping_of_a_name UNIQUE NULLS NOT DISTINCT (name, seller_id, store_id)
);
CALL protect('import_mappings');

-- A file of products on its way in. Everything before `position` (bytes) and up to `row` is done, in the transactions
-- that also moved these; `turn` counts them, so that a task that comes twice does nothing. `at_once` is how many rows
-- the next one takes: fewer after rows that the database refused, so that those are found. Without a seller it is the
-- store's own, of any seller's products.
CREATE TABLE imports (
  store_id    uuid,
  id          uuid,
  seller_id   uuid,
  started_by  uuid,
  status      text NOT NULL CHECK (status IN ('uploaded', 'waiting', 'running', 'done', 'cancelled', 'failed')),
  filename    text NOT NULL CHECK (length(filename) <= 200),
  file        text NOT NULL,
  size        bigint NOT NULL CHECK (size > 0),
  encoding    text NOT NULL,
  delimiter   text NOT NULL CHECK (length(delimiter) = 1),
  header      text[] NOT NULL,
  mapping     jsonb CHECK (jsonb_typeof(mapping) = 'object'),
  position    bigint NOT NULL,
  row         int NOT NULL CHECK (row >= 1),
  turn        int NOT NULL DEFAULT 0 CHECK (turn >= 0),
  at_once     int NOT NULL CHECK (at_once >= 1),
  created     int NOT NULL DEFAULT 0 CHECK (created >= 0),
  changed     int NOT NULL DEFAULT 0 CHECK (changed >= 0),
  unchanged   int NOT NULL DEFAULT 0 CHECK (unchanged >= 0),
  bad         int NOT NULL DEFAULT 0 CHECK (bad >= 0),
  error       text NOT NULL DEFAULT '',
  created_at  timestamptz NOT NULL DEFAULT now(),
  started_at  timestamptz,
  finished_at timestamptz,
  PRIMARY KEY (store_id, id),
  CHECK (position BETWEEN 1 AND size),
  CHECK (status IN ('uploaded', 'cancelled') OR mapping IS NOT NULL),
  CHECK ((status IN ('done', 'cancelled', 'failed')) = (finished_at IS NOT NULL)),
  CHECK (status NOT IN ('running', 'done') OR started_at IS NOT NULL)
);
CALL protect('imports');
CREATE UNIQUE INDEX one_import_at_a_time ON imports (store_id) WHERE status = 'running';
CREATE INDEX imports_open ON imports (store_id, id) WHERE status IN ('uploaded', 'waiting');

-- What a running import has met so far: a SKU stands once in a file, and later rows of a product repeat its first one.
CREATE TABLE import_skus (
  store_id   uuid,
  import_id  uuid,
  sku        text,
  row        int NOT NULL,
  product_id uuid NOT NULL,
  parent     text,
  PRIMARY KEY (store_id, import_id, sku)
);
CALL protect('import_skus');
CREATE INDEX import_skus_of_product ON import_skus (product_id, import_id, store_id);
CREATE INDEX import_skus_of_parent ON import_skus (parent, import_id, store_id) WHERE parent IS NOT NULL;

-- Rows that did not go in, whole, and why.
CREATE TABLE import_bad_rows (
  store_id  uuid,
  import_id uuid,
  row       int,
  problems  jsonb NOT NULL CHECK (jsonb_typeof(problems) = 'array'),
  cells     jsonb NOT NULL CHECK (jsonb_typeof(cells) = 'array'),
  PRIMARY KEY (store_id, import_id, row),
  FOREIGN KEY (store_id, import_id) REFERENCES imports (store_id, id)
);
CALL protect('import_bad_rows');
