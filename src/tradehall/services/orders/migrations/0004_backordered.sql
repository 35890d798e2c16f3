-- What of an order's line has still to come in, from inventory. A parcel is sent whole, so it waits for all of its lines.
CREATE TABLE backordered (
  store_id   uuid,
  order_id   uuid,
  variant_id uuid,
  quantity   int NOT NULL CHECK (quantity >= 0),
  PRIMARY KEY (store_id, order_id, variant_id),
  FOREIGN KEY (store_id, order_id) REFERENCES orders (store_id, id)
);
CALL protect('backordered');
