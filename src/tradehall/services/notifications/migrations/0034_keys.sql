-- An order's id comes from the moment it was made: what is found by it is written at the end of the index, whichever stores are
-- busy.
ALTER TABLE notifications DROP CONSTRAINT notifications_store_id_order_id_fkey;
ALTER TABLE orders DROP CONSTRAINT orders_pkey, ADD PRIMARY KEY (id, store_id);
ALTER TABLE notifications
  DROP CONSTRAINT once_per_fact, ADD CONSTRAINT once_per_fact UNIQUE NULLS NOT DISTINCT (order_id, template, about, store_id),
  ADD FOREIGN KEY (order_id, store_id) REFERENCES orders (id, store_id);

ALTER TABLE orders ALTER COLUMN placed SET STATISTICS 0;
ALTER TABLE notifications ALTER COLUMN facts SET STATISTICS 0;
