-- An order waits, is paid and CONFIRMED within a moment. An index that tells the two apart has every index of the table written
-- anew at that; one that knows both as open leaves the row where it is.
ALTER TABLE orders
  ADD COLUMN listed_as text NOT NULL GENERATED ALWAYS AS (CASE WHEN status IN ('PENDING', 'CONFIRMED') THEN 'OPEN' ELSE status END) STORED;
DROP INDEX orders_by_status;
CREATE INDEX orders_by_status ON orders (listed_as, store_id, id DESC);

-- What refers to an order, and what looks for it by its id, finds it at the end of the index, whichever stores are busy.
ALTER TABLE parcels DROP CONSTRAINT parcels_store_id_order_id_fkey;
ALTER TABLE order_lines DROP CONSTRAINT order_lines_store_id_order_id_fkey;
ALTER TABLE order_history DROP CONSTRAINT order_history_store_id_order_id_fkey;
ALTER TABLE backordered DROP CONSTRAINT backordered_store_id_order_id_fkey;
ALTER TABLE reductions DROP CONSTRAINT reductions_store_id_order_id_fkey;
ALTER TABLE order_notes DROP CONSTRAINT order_notes_store_id_order_id_fkey;
ALTER TABLE orders DROP CONSTRAINT orders_pkey, ADD PRIMARY KEY (id, store_id);
-- For the list; its condition, true of every order, keeps it out of plans that have ids to look for.
CREATE INDEX orders_of_store ON orders (store_id, id DESC) WHERE number <> '';
ALTER TABLE parcels ADD FOREIGN KEY (order_id, store_id) REFERENCES orders (id, store_id);
ALTER TABLE order_lines ADD FOREIGN KEY (order_id, store_id) REFERENCES orders (id, store_id);
ALTER TABLE order_history ADD FOREIGN KEY (order_id, store_id) REFERENCES orders (id, store_id);
ALTER TABLE backordered ADD FOREIGN KEY (order_id, store_id) REFERENCES orders (id, store_id);
ALTER TABLE reductions ADD FOREIGN KEY (order_id, store_id) REFERENCES orders (id, store_id);
ALTER TABLE order_notes ADD FOREIGN KEY (order_id, store_id) REFERENCES orders (id, store_id);
