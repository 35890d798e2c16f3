-- Copies: warehouses from inventory, what variants cost from the catalogue, who may look from orders.
CREATE TABLE origins (
  store_id     uuid,
  warehouse_id uuid,
  zip          text NOT NULL,
  PRIMARY KEY (store_id, warehouse_id)
);
CALL protect('origins');

CREATE TABLE variants (
  store_id   uuid,
  id         uuid,
  product_id uuid NOT NULL,
  price      bigint NOT NULL CHECK (price >= 0),
  for_sale   boolean NOT NULL,
  PRIMARY KEY (store_id, id)
);
CALL protect('variants');
CREATE INDEX variants_of_product ON variants (store_id, product_id);

-- `link` is the SHA-256 of the token that lets a guest follow the order.
CREATE TABLE viewers (
  store_id    uuid,
  order_id    uuid,
  customer_id uuid,
  link        bytea NOT NULL CHECK (length(link) = 32),
  PRIMARY KEY (store_id, order_id)
);
CALL protect('viewers');

CREATE TABLE rates (
  store_id uuid,
  code     text,
  position int NOT NULL,
  rate     jsonb NOT NULL,
  PRIMARY KEY (store_id, code)
);
CALL protect('rates');

-- A seller's part of an order on its way. Its id is the parcel's.
CREATE TABLE shipments (
  store_id        uuid,
  id              uuid,
  order_id        uuid NOT NULL,
  seller_id       uuid NOT NULL,
  status          text NOT NULL DEFAULT 'PREPARING' CHECK (status IN ('PREPARING', 'SHIPPED', 'DELIVERED', 'CANCELLED')),
  carrier         text,
  tracking_number text,
  lines           jsonb NOT NULL,
  address         jsonb NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (store_id, id),
  CHECK (status NOT IN ('SHIPPED', 'DELIVERED') OR (carrier IS NOT NULL AND tracking_number IS NOT NULL))
);
CALL protect('shipments');
CREATE INDEX shipments_of_order ON shipments (store_id, order_id);

CREATE TABLE shipment_history (
  store_id    uuid,
  shipment_id uuid,
  id          uuid,
  status      text NOT NULL,
  note        text NOT NULL DEFAULT '',
  at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (store_id, shipment_id, id),
  FOREIGN KEY (store_id, shipment_id) REFERENCES shipments (store_id, id)
);
CALL protect('shipment_history');
REVOKE UPDATE, DELETE ON shipment_history FROM :app_role;
