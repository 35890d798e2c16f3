-- A warehouse that is closed is empty, and nothing comes into it. Of those that are open, the smaller priority gives first.
ALTER TABLE warehouses
  ADD COLUMN active   boolean NOT NULL DEFAULT true,
  ADD COLUMN priority int NOT NULL DEFAULT 0 CHECK (priority BETWEEN 0 AND 1000);
CREATE INDEX levels_of_warehouse ON levels (warehouse_id, store_id, variant_id);

-- Who may be named: people with more than a shopper's role, kept by identity's events.
CREATE TABLE people (
  store_id uuid,
  id       uuid,
  name     text NOT NULL,
  roles    text[] NOT NULL,
  PRIMARY KEY (store_id, id)
);
CALL protect('people');

-- In which warehouses warehouse staff works.
CREATE TABLE assignments (
  store_id     uuid,
  user_id      uuid,
  warehouse_id uuid,
  PRIMARY KEY (store_id, user_id, warehouse_id),
  FOREIGN KEY (store_id, warehouse_id) REFERENCES warehouses (store_id, id)
);
CALL protect('assignments');
CREATE INDEX assignments_of_warehouse ON assignments (warehouse_id, store_id);

-- How the store's shipping rates measure what is near; on earth where there is no row.
CREATE TABLE measures (
  store_id uuid PRIMARY KEY,
  measure  text NOT NULL CHECK (measure IN ('zip', 'earth'))
);
CALL protect('measures');
