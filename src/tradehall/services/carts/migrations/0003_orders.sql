-- What orders took out of carts: it comes back if the order ends before it is confirmed.
CREATE TABLE ordered (
  store_id    uuid,
  order_id    uuid,
  cart_id     uuid NOT NULL,
  user_id     uuid,
  variant_ids uuid[] NOT NULL,
  quantities  int[] NOT NULL CHECK (1 <= ALL (quantities) AND 999 >= ALL (quantities)),
  prices      bigint[] NOT NULL,
  PRIMARY KEY (store_id, order_id),
  CHECK (cardinality(variant_ids) = cardinality(quantities) AND cardinality(variant_ids) = cardinality(prices))
);
CALL protect('ordered');
CREATE INDEX ordered_from_cart ON ordered (cart_id, store_id);

-- A reminder is under way, or was sent: then no other before an order is made from the cart.
CREATE TABLE reminders (
  store_id    uuid,
  user_id     uuid,
  begun_at    timestamptz NOT NULL DEFAULT now(),
  due         timestamptz NOT NULL,
  reminded_at timestamptz,
  PRIMARY KEY (store_id, user_id)
);
CALL protect('reminders');
