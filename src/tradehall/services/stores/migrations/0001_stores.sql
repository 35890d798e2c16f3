-- Platform tables: stores and their hosts are found before any store is known, so no row-level security (see
-- PLATFORM_TABLES in tests/kernel/test_isolation.py).
CREATE TABLE stores (
  id         uuid PRIMARY KEY,
  slug       text NOT NULL UNIQUE CHECK (slug ~ '^[a-z][a-z0-9-]{1,40}$'),
  settings   jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE hosts (
  host       text PRIMARY KEY CHECK (host = lower(host)),
  store_id   uuid NOT NULL REFERENCES stores (id),
  position   int NOT NULL
);
CREATE INDEX hosts_of_store ON hosts (store_id, position);
