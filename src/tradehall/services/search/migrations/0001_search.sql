-- A row per store: what its search stands at. `version` counts changes of documents, so that copies in memory know what they
-- lack: whoever writes documents takes the row first. `numbers` were given to documents. `generation` is the index that
-- answers, `building` the one being made; `choices` counts changes of synonyms, pins and hidden products. `model` made the
-- vectors, none where nobody has searched by meaning yet.
CREATE TABLE shelves (
  store_id   uuid PRIMARY KEY,
  version    bigint NOT NULL DEFAULT 0 CHECK (version >= 0),
  numbers    int NOT NULL DEFAULT 0 CHECK (numbers >= 0),
  generation int NOT NULL DEFAULT 1 CHECK (generation > 0),
  building   int CHECK (building > generation),
  choices    bigint NOT NULL DEFAULT 0 CHECK (choices >= 0),
  model      text
);
CALL protect('shelves');

-- Products as the catalogue told of them last: what every index is made of. One that is gone keeps its number. `facets` is
-- what filters look at, `card` what lists show, `told` the mark of what was told, so that the same is not written again.
CREATE TABLE documents (
  store_id  uuid,
  id        uuid,
  number    int NOT NULL CHECK (number >= 0),
  version   bigint NOT NULL,
  shown     boolean NOT NULL,
  available int NOT NULL DEFAULT 0 CHECK (available >= 0),
  name      text COLLATE "C" NOT NULL,
  facets    jsonb,
  card      jsonb,
  product   jsonb,
  told      bigint,
  PRIMARY KEY (store_id, id),
  UNIQUE (store_id, number),
  CHECK (NOT shown OR (facets IS NOT NULL AND card IS NOT NULL AND product IS NOT NULL))
);
CALL protect('documents');
CREATE INDEX documents_changed ON documents (store_id, version);

-- Of variants, from inventory.
CREATE TABLE stock (
  store_id   uuid,
  id         uuid,
  product_id uuid NOT NULL,
  available  int NOT NULL CHECK (available >= 0),
  backorder  boolean NOT NULL,
  PRIMARY KEY (store_id, id)
);
CALL protect('stock');
CREATE INDEX stock_of_product ON stock (product_id, store_id);

CREATE TABLE sellers (
  store_id uuid,
  id       uuid,
  slug     text NOT NULL,
  name     text NOT NULL,
  PRIMARY KEY (store_id, id)
);
CALL protect('sellers');

-- Units of each product in confirmed orders.
CREATE TABLE sales (
  store_id   uuid,
  id         uuid,
  units      bigint NOT NULL CHECK (units >= 0),
  changed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (store_id, id)
);
CALL protect('sales');
CREATE INDEX sales_changed ON sales (store_id, changed_at);

-- The index in PostgreSQL: a row for each product that is shown. `name` and `skus` are folded.
CREATE TABLE entries (
  store_id   uuid,
  generation int,
  number     int,
  words      tsvector NOT NULL,
  name       text NOT NULL,
  skus       text[] NOT NULL,
  PRIMARY KEY (store_id, generation, number)
);
CALL protect('entries');

-- `about` is the mark of what a vector is of; `stale` where it is of something else, or not made yet. Narrow rows: each search reads
-- those of its store.
CREATE TABLE vectors (
  store_id   uuid,
  generation int,
  number     int,
  about      bigint NOT NULL,
  vector     halfvec,
  stale      boolean NOT NULL DEFAULT true,
  PRIMARY KEY (store_id, generation, number),
  CHECK (stale OR vector IS NOT NULL)
);
CALL protect('vectors');
CREATE INDEX vectors_stale ON vectors (store_id, generation, number) WHERE stale;

-- The words of names, brands, tags and categories, in how many products each is. `version` as of documents.
CREATE TABLE vocabulary (
  store_id   uuid,
  generation int,
  word       text COLLATE "C",
  frequency  int NOT NULL CHECK (frequency >= 0),
  version    bigint NOT NULL,
  PRIMARY KEY (store_id, generation, word)
);
CALL protect('vocabulary');
CREATE INDEX vocabulary_changed ON vocabulary (store_id, generation, version);

-- Who looks for one of `words` also finds `finds`; where that is empty, each of them means the others.
CREATE TABLE synonyms (
  store_id uuid,
  id       uuid,
  words    text[] NOT NULL CHECK (cardinality(words) > 0),
  finds    text[] NOT NULL,
  version  int NOT NULL DEFAULT 1,
  PRIMARY KEY (store_id, id),
  CHECK (cardinality(words) + cardinality(finds) > 1)
);
CALL protect('synonyms');

-- Products that come first for a query, in this order. `query` is folded.
CREATE TABLE pins (
  store_id uuid,
  id       uuid,
  query    text NOT NULL CHECK (query <> ''),
  products uuid[] NOT NULL CHECK (cardinality(products) BETWEEN 1 AND 24),
  version  int NOT NULL DEFAULT 1,
  PRIMARY KEY (store_id, id),
  UNIQUE (store_id, query)
);
CALL protect('pins');

-- Products that no search shows.
CREATE TABLE hidden (
  store_id uuid,
  id       uuid,
  note     text NOT NULL,
  at       timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (store_id, id)
);
CALL protect('hidden');

-- What orders bring, of many stores at once.
CALL open_across('shelves', 'SELECT, INSERT, UPDATE');
CALL open_across('documents', 'SELECT, UPDATE');
CALL open_across('stock', 'SELECT, INSERT, UPDATE');
CALL open_across('sales', 'SELECT, INSERT, UPDATE');
