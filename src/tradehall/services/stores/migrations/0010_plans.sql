-- Platform tables (see PLATFORM_TABLES in tests/kernel/test_isolation.py): plans are the same for all and never deleted,
-- names are unique over all stores.
CREATE TABLE plans (
  code       text PRIMARY KEY CHECK (code ~ '^[a-z][a-z0-9-]{0,40}$'),
  name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
  sentence   text NOT NULL,
  price      bigint NOT NULL CHECK (price >= 0),
  currency   char(3) NOT NULL,
  cycles     jsonb NOT NULL CHECK (jsonb_typeof(cycles) = 'array' AND jsonb_array_length(cycles) BETWEEN 1 AND 4),
  limits     jsonb NOT NULL CHECK (jsonb_typeof(limits) = 'object'),
  theme      text NOT NULL,
  public     boolean NOT NULL,
  position   int NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now()
);

-- Who has a name: a store for good, a signup until it ends. One row per name, so nobody is charged for a name that
-- another store gets in the meantime.
CREATE TABLE slugs (
  slug     text PRIMARY KEY,
  store_id uuid NOT NULL, -- of a signup: the id that its store will have
  until    timestamptz NOT NULL DEFAULT 'infinity'
);
INSERT INTO slugs (slug, store_id) SELECT slug, id FROM stores;

-- What an operator said of the store's status: stronger than what its payments say.
ALTER TABLE stores ADD COLUMN held text CHECK (held IN ('suspended', 'closed'));
UPDATE stores SET held = settings ->> 'status' WHERE settings ->> 'status' IN ('suspended', 'closed');
