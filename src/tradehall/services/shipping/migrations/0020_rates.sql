-- Rates by zone, weight and at a warehouse: what variants weigh, and what the warehouses are called and where they stand.
CREATE TABLE zones (
  store_id uuid,
  code     text CHECK (code <> 'rest'),
  position int NOT NULL,
  zone     jsonb NOT NULL,
  PRIMARY KEY (store_id, code)
);
CALL protect('zones');

ALTER TABLE variants ADD COLUMN weight_g bigint NOT NULL DEFAULT 0 CHECK (weight_g >= 0);
-- Told again, they are written again.
ALTER TABLE variants NO FORCE ROW LEVEL SECURITY;
UPDATE variants SET told = NULL;
ALTER TABLE variants FORCE ROW LEVEL SECURITY;

ALTER TABLE origins ADD COLUMN code text, ADD COLUMN name text, ADD COLUMN address jsonb;

-- Where the buyer comes for an order; NULL for one that is sent.
ALTER TABLE viewers ADD COLUMN number text, ADD COLUMN pickup jsonb;
