-- Local copies: what orders need of the catalogue, of shipping.
CREATE TABLE variants (
  store_id   uuid,
  id         uuid,
  product_id uuid NOT NULL,
  seller_id  uuid NOT NULL,
  sku        text NOT NULL,
  title      text NOT NULL,
  price      bigint NOT NULL CHECK (price >= 0),
  currency   char(3) NOT NULL,
  weight_g   int NOT NULL DEFAULT 0,
  for_sale   boolean NOT NULL,
  PRIMARY KEY (store_id, id)
);
CALL protect('variants');
CREATE INDEX variants_of_product ON variants (store_id, product_id);

CREATE TABLE rates (
  store_id uuid PRIMARY KEY,
  rates    jsonb NOT NULL
);
CALL protect('rates');

CREATE TABLE orders (
  store_id       uuid,
  id             uuid,
  number         text NOT NULL,
  customer_id    uuid,
  email          text NOT NULL,
  name           text NOT NULL,
  status         text NOT NULL CHECK (status IN
    ('PENDING', 'CONFIRMED', 'PROCESSING', 'SHIPPED', 'DELIVERED', 'RETURNED', 'REJECTED', 'EXPIRED', 'CANCELLED')),
  stock_held     boolean NOT NULL DEFAULT false,
  in_review      boolean NOT NULL DEFAULT false,
  currency       char(3) NOT NULL,
  subtotal       bigint NOT NULL CHECK (subtotal >= 0),
  shipping_code  text NOT NULL,
  shipping_price bigint NOT NULL CHECK (shipping_price >= 0),
  total          bigint NOT NULL,
  address        jsonb NOT NULL,
  payment_method text NOT NULL,
  payment_status text NOT NULL DEFAULT 'awaiting',
  cart_id        uuid,
  cart_version   int,
  expires_at     timestamptz NOT NULL,
  created_at     timestamptz NOT NULL DEFAULT now(),
  updated_at     timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (store_id, id),
  UNIQUE (store_id, number),
  CONSTRAINT total_adds_up CHECK (total = subtotal + shipping_price),
  CONSTRAINT one_order_per_cart_version UNIQUE (store_id, cart_id, cart_version)
) WITH (fillfactor = 80);
CALL protect('orders');
CREATE INDEX orders_of_customer ON orders (store_id, customer_id, id DESC) WHERE customer_id IS NOT NULL;

-- A seller's part of an order.
CREATE TABLE parcels (
  store_id        uuid,
  id              uuid,
  order_id        uuid NOT NULL,
  seller_id       uuid NOT NULL,
  status          text NOT NULL DEFAULT 'PENDING' CHECK (status IN ('PENDING', 'SHIPPED', 'DELIVERED')),
  carrier         text,
  tracking_number text,
  PRIMARY KEY (store_id, id),
  UNIQUE (store_id, order_id, seller_id),
  FOREIGN KEY (store_id, order_id) REFERENCES orders (store_id, id),
  CHECK (status = 'PENDING' OR (carrier IS NOT NULL AND tracking_number IS NOT NULL))
);
CALL protect('parcels');
CREATE INDEX parcels_of_seller ON parcels (store_id, seller_id, order_id DESC);

CREATE TABLE order_lines (
  store_id   uuid,
  order_id   uuid,
  id         uuid,
  product_id uuid NOT NULL,
  variant_id uuid NOT NULL,
  seller_id  uuid NOT NULL,
  sku        text NOT NULL,
  title      text NOT NULL,
  quantity   int NOT NULL CHECK (quantity BETWEEN 1 AND 999),
  unit_price bigint NOT NULL CHECK (unit_price >= 0),
  weight_g   int NOT NULL,
  PRIMARY KEY (store_id, order_id, id),
  FOREIGN KEY (store_id, order_id) REFERENCES orders (store_id, id)
);
CALL protect('order_lines');
REVOKE UPDATE, DELETE ON order_lines FROM :app_role;

CREATE TABLE order_history (
  store_id uuid,
  order_id uuid,
  id       uuid,
  status   text NOT NULL,
  actor    text NOT NULL,
  note     text NOT NULL DEFAULT '',
  at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (store_id, order_id, id),
  FOREIGN KEY (store_id, order_id) REFERENCES orders (store_id, id)
);
CALL protect('order_history');
REVOKE UPDATE, DELETE ON order_history FROM :app_role;
