-- Full text has no index here: under row-level security PostgreSQL uses none for operators that are not leakproof, so
-- words are looked for within the store's own products, found by the indexes below.

CREATE TABLE categories (
  store_id    uuid,
  slug        text NOT NULL CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) <= 100),
  name        text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  parent      text CHECK (parent <> slug),
  description text NOT NULL DEFAULT '',
  position    int NOT NULL DEFAULT 0,
  PRIMARY KEY (store_id, slug),
  FOREIGN KEY (store_id, parent) REFERENCES categories (store_id, slug)
);
CALL protect('categories');
CREATE INDEX categories_of_parent ON categories (store_id, parent);

-- Copies of identity's, kept by its events.
CREATE TABLE sellers (
  store_id uuid,
  id       uuid NOT NULL,
  slug     text NOT NULL,
  name     text NOT NULL,
  PRIMARY KEY (store_id, id)
);
CALL protect('sellers');
CREATE INDEX sellers_by_slug ON sellers (store_id, slug);

-- min_price and compare_at are those of the cheapest variant. sort_name and keywords are folded (no accents, no
-- capitals); keywords holds name, brand and SKUs. The row of a deleted product stays, without variants and category.
CREATE TABLE products (
  store_id       uuid,
  id             uuid NOT NULL,
  seller_id      uuid NOT NULL,
  category       text,
  slug           text NOT NULL CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) <= 100),
  name           text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  sort_name      text NOT NULL COLLATE "C",
  brand          text NOT NULL,
  description    text NOT NULL CHECK (length(description) <= 20000),
  specifications jsonb NOT NULL CHECK (jsonb_typeof(specifications) = 'array'),
  options        text[] NOT NULL,
  tags           text[] NOT NULL,
  images         jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(images) = 'array'),
  status         text NOT NULL CHECK (status IN ('draft', 'published')),
  rating_average numeric(3, 2) CHECK (rating_average BETWEEN 1 AND 5),
  rating_count   int NOT NULL DEFAULT 0 CHECK (rating_count >= 0),
  rating_rank    bigint NOT NULL GENERATED ALWAYS AS
                 ((coalesce(rating_average, 0) * 100)::bigint * 4294967296 + rating_count) STORED,
  currency       char(3) NOT NULL,
  min_price      bigint NOT NULL CHECK (min_price BETWEEN 0 AND 10000000000000),
  compare_at     bigint CHECK (compare_at > min_price),
  keywords       text NOT NULL,
  words          tsvector NOT NULL,
  version        int NOT NULL DEFAULT 1,
  created_at     timestamptz NOT NULL DEFAULT now(),
  updated_at     timestamptz NOT NULL DEFAULT now(),
  published_at   timestamptz,
  deleted_at     timestamptz,
  PRIMARY KEY (store_id, id),
  FOREIGN KEY (store_id, seller_id) REFERENCES sellers (store_id, id),
  FOREIGN KEY (store_id, category) REFERENCES categories (store_id, slug),
  CHECK ((rating_average IS NULL) = (rating_count = 0)),
  CHECK (status = 'draft' OR published_at IS NOT NULL),
  CHECK (deleted_at IS NULL OR category IS NULL)
);
CALL protect('products');
-- All of these are partial for a second reason: while a table is small, PostgreSQL may settle on any index that begins
-- with store_id to check a foreign key, and keep that plan while an import makes the table large. Of the whole table
-- there is none but the primary key.
CREATE UNIQUE INDEX products_by_slug ON products (store_id, slug) WHERE deleted_at IS NULL;
CREATE INDEX products_of_category ON products (store_id, category)
  WHERE deleted_at IS NULL AND status = 'published';
CREATE INDEX products_of_seller ON products (store_id, seller_id, id) WHERE deleted_at IS NULL;
CREATE INDEX products_newest ON products (store_id, published_at, id)
  WHERE deleted_at IS NULL AND status = 'published';
CREATE INDEX products_by_price ON products (store_id, min_price, id)
  WHERE deleted_at IS NULL AND status = 'published';
CREATE INDEX products_by_name ON products (store_id, sort_name, id)
  WHERE deleted_at IS NULL AND status = 'published';
CREATE INDEX products_by_rating ON products (store_id, rating_rank, id)
  WHERE deleted_at IS NULL AND status = 'published';

CREATE TABLE variants (
  store_id   uuid,
  id         uuid NOT NULL,
  product_id uuid NOT NULL,
  sku        text NOT NULL CHECK (length(sku) BETWEEN 1 AND 64),
  options    jsonb NOT NULL CHECK (jsonb_typeof(options) = 'object'),
  price      bigint NOT NULL CHECK (price BETWEEN 0 AND 10000000000000),
  compare_at bigint CHECK (compare_at > price),
  weight_g   int NOT NULL DEFAULT 0 CHECK (weight_g >= 0),
  image      text,
  position   int NOT NULL,
  available  bigint NOT NULL DEFAULT 0 CHECK (available >= 0),
  PRIMARY KEY (store_id, id),
  UNIQUE (store_id, sku),
  FOREIGN KEY (store_id, product_id) REFERENCES products (store_id, id)
) WITH (fillfactor = 80);
CALL protect('variants');
CREATE INDEX variants_of_product ON variants (store_id, product_id, position);
