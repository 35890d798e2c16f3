-- An order's id comes from the moment it was made: what is found by it is written at the end of the index, whichever stores are
-- busy.
ALTER TABLE entries DROP CONSTRAINT entries_store_id_order_id_fkey;
ALTER TABLE sales DROP CONSTRAINT sales_pkey, ADD PRIMARY KEY (id, store_id);
ALTER TABLE entries
  DROP CONSTRAINT entries_pkey, ADD PRIMARY KEY (order_id, id, store_id),
  ADD FOREIGN KEY (order_id, store_id) REFERENCES sales (id, store_id);
ALTER TABLE takes DROP CONSTRAINT takes_pkey, ADD PRIMARY KEY (order_id, variant_id, warehouse_id, store_id);
