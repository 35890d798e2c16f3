-- What an order is less by: parts that were cancelled before they were sent, and parts that came back.
ALTER TABLE orders
  ADD COLUMN reduced bigint NOT NULL DEFAULT 0,
  ADD COLUMN shipping_reduced bigint NOT NULL DEFAULT 0,
  ADD CONSTRAINT reduced_at_most_the_total CHECK (reduced BETWEEN 0 AND total),
  ADD CONSTRAINT shipping_reduced_at_most_its_price CHECK (shipping_reduced BETWEEN 0 AND shipping_price);

ALTER TABLE order_lines
  ADD COLUMN cancelled int NOT NULL DEFAULT 0,
  ADD COLUMN returned int NOT NULL DEFAULT 0,
  ADD COLUMN coming_back int NOT NULL DEFAULT 0,
  ADD CONSTRAINT no_more_than_was_sold CHECK (
    cancelled >= 0 AND returned >= 0 AND coming_back >= 0 AND cancelled + returned + coming_back <= quantity);
GRANT UPDATE (cancelled, returned, coming_back) ON order_lines TO :app_role;

ALTER TABLE parcels
  DROP CONSTRAINT parcels_status_check,
  DROP CONSTRAINT parcels_check,
  ADD COLUMN delivered_at timestamptz,
  ADD CONSTRAINT known_status CHECK (status IN ('PENDING', 'SHIPPED', 'DELIVERED', 'CANCELLED')),
  ADD CONSTRAINT sent_by_a_carrier CHECK (
    status IN ('PENDING', 'CANCELLED') OR (carrier IS NOT NULL AND tracking_number IS NOT NULL));
-- What arrived before this was installed: when its order did, or else now, so that the time to send it back begins.
ALTER TABLE parcels NO FORCE ROW LEVEL SECURITY;
ALTER TABLE order_history NO FORCE ROW LEVEL SECURITY;
UPDATE parcels p SET delivered_at = coalesce((SELECT max(h.at) FROM order_history h
  WHERE h.store_id = p.store_id AND h.order_id = p.order_id AND h.status = 'DELIVERED'), now())
WHERE p.status = 'DELIVERED';
ALTER TABLE order_history FORCE ROW LEVEL SECURITY;
ALTER TABLE parcels FORCE ROW LEVEL SECURITY;
ALTER TABLE parcels ADD CONSTRAINT delivered_at_a_time CHECK ((status = 'DELIVERED') = (delivered_at IS NOT NULL));

CREATE TABLE reductions (
  store_id uuid,
  id       uuid,
  order_id uuid NOT NULL,
  kind     text NOT NULL CHECK (kind IN ('cancelled', 'returned')),
  whole    boolean NOT NULL,
  shipping bigint NOT NULL CHECK (shipping >= 0),
  total    bigint NOT NULL CHECK (total >= shipping),
  reason   text NOT NULL CHECK (length(reason) <= 500),
  actor    text NOT NULL,
  at       timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (store_id, id),
  FOREIGN KEY (store_id, order_id) REFERENCES orders (store_id, id)
);
CALL protect('reductions');
CREATE INDEX reductions_of_order ON reductions (order_id, store_id);
REVOKE UPDATE, DELETE ON reductions FROM :app_role;

CREATE TABLE reduced_lines (
  store_id     uuid,
  reduction_id uuid,
  order_id     uuid NOT NULL,
  line_id      uuid,
  quantity     int NOT NULL CHECK (quantity > 0),
  amount       bigint NOT NULL CHECK (amount >= 0),
  restock      boolean NOT NULL,
  PRIMARY KEY (store_id, reduction_id, line_id),
  FOREIGN KEY (store_id, reduction_id) REFERENCES reductions (store_id, id),
  FOREIGN KEY (store_id, order_id, line_id) REFERENCES order_lines (store_id, order_id, id)
);
CALL protect('reduced_lines');
REVOKE UPDATE, DELETE ON reduced_lines FROM :app_role;

-- Of one parcel; what came back of it is its reduction.
CREATE TABLE returns (
  store_id     uuid,
  id           uuid,
  order_id     uuid NOT NULL,
  parcel_id    uuid NOT NULL,
  seller_id    uuid NOT NULL,
  status       text NOT NULL CHECK (status IN ('requested', 'approved', 'refused', 'withdrawn', 'received')),
  reason       text NOT NULL CHECK (length(reason) <= 500),
  answer       text NOT NULL DEFAULT '' CHECK (length(answer) <= 500),
  reduction_id uuid,
  created_at   timestamptz NOT NULL,
  updated_at   timestamptz NOT NULL,
  PRIMARY KEY (store_id, id),
  UNIQUE (store_id, reduction_id),
  FOREIGN KEY (store_id, parcel_id) REFERENCES parcels (store_id, id),
  FOREIGN KEY (store_id, reduction_id) REFERENCES reductions (store_id, id),
  CHECK ((status = 'received') = (reduction_id IS NOT NULL))
);
CALL protect('returns');
CREATE INDEX returns_of_order ON returns (order_id, store_id);
CREATE INDEX returns_by_status ON returns (status, store_id, id);

CREATE TABLE return_lines (
  store_id  uuid,
  return_id uuid,
  order_id  uuid NOT NULL,
  line_id   uuid,
  quantity  int NOT NULL CHECK (quantity > 0),
  PRIMARY KEY (store_id, return_id, line_id),
  FOREIGN KEY (store_id, return_id) REFERENCES returns (store_id, id),
  FOREIGN KEY (store_id, order_id, line_id) REFERENCES order_lines (store_id, order_id, id)
);
CALL protect('return_lines');
REVOKE UPDATE, DELETE ON return_lines FROM :app_role;

-- Of the store's people among themselves; a seller's are seen by that seller and the store.
CREATE TABLE order_notes (
  store_id  uuid,
  id        uuid,
  order_id  uuid NOT NULL,
  seller_id uuid,
  author_id uuid NOT NULL,
  author    text NOT NULL,
  text      text NOT NULL CHECK (length(text) BETWEEN 1 AND 2000),
  at        timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (store_id, id),
  FOREIGN KEY (store_id, order_id) REFERENCES orders (store_id, id)
);
CALL protect('order_notes');
CREATE INDEX notes_of_order ON order_notes (order_id, store_id);
REVOKE UPDATE ON order_notes FROM :app_role;
