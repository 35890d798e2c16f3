CREATE TABLE warehouses (
  store_id   uuid,
  id         uuid,
  code       text NOT NULL CHECK (code ~ '^[a-z0-9][a-z0-9-]{0,40}$'),
  name       text NOT NULL,
  address    jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (store_id, id),
  UNIQUE (store_id, code)
);
CALL protect('warehouses');

-- The variants there are, from the catalogue's events.
CREATE TABLE variants (
  store_id   uuid,
  id         uuid,
  product_id uuid NOT NULL,
  seller_id  uuid NOT NULL,
  sku        text NOT NULL,
  title      text NOT NULL,
  PRIMARY KEY (store_id, id)
);
CALL protect('variants');

-- What stands in a warehouse now. Always the sum of its movements.
CREATE TABLE levels (
  store_id     uuid,
  variant_id   uuid,
  warehouse_id uuid,
  product_id   uuid NOT NULL,
  on_hand      int NOT NULL DEFAULT 0 CHECK (on_hand >= 0),
  reserved     int NOT NULL DEFAULT 0 CHECK (reserved >= 0),
  PRIMARY KEY (store_id, variant_id, warehouse_id),
  FOREIGN KEY (store_id, warehouse_id) REFERENCES warehouses (store_id, id),
  CONSTRAINT never_oversold CHECK (reserved <= on_hand)
) WITH (fillfactor = 70);
CALL protect('levels');

CREATE TABLE movements (
  store_id       uuid,
  id             uuid,
  variant_id     uuid NOT NULL,
  warehouse_id   uuid NOT NULL,
  kind           text NOT NULL CHECK (kind IN ('receive', 'remove', 'count', 'hold', 'deduct', 'release', 'restock')),
  on_hand_delta  int NOT NULL,
  reserved_delta int NOT NULL,
  order_id       uuid,
  actor          text NOT NULL,
  reason         text NOT NULL DEFAULT '',
  at             timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (store_id, id),
  CHECK (on_hand_delta <> 0 OR reserved_delta <> 0)
);
CALL protect('movements');
REVOKE UPDATE, DELETE ON movements FROM :app_role;
CREATE INDEX movements_of_variant ON movements (store_id, variant_id, id DESC);

CREATE TABLE holds (
  store_id     uuid,
  order_id     uuid,
  variant_id   uuid,
  warehouse_id uuid,
  product_id   uuid NOT NULL,
  quantity     int NOT NULL CHECK (quantity > 0),
  state        text NOT NULL DEFAULT 'held' CHECK (state IN ('held', 'deducted', 'released')),
  expires_at   timestamptz,
  PRIMARY KEY (store_id, order_id, variant_id, warehouse_id)
) WITH (fillfactor = 80);
CALL protect('holds');
