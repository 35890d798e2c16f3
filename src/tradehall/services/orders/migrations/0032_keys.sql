-- An order's id comes from the moment it was made, so what is found by it is written at the end of an index whose key begins
-- with it, whichever stores are busy; a key that begins with the store has an end for each.
ALTER TABLE reduced_lines DROP CONSTRAINT reduced_lines_store_id_order_id_line_id_fkey;
ALTER TABLE return_lines DROP CONSTRAINT return_lines_store_id_order_id_line_id_fkey;
ALTER TABLE returns DROP CONSTRAINT returns_store_id_parcel_id_fkey;
ALTER TABLE order_lines DROP CONSTRAINT order_lines_pkey, ADD PRIMARY KEY (order_id, id, store_id);
ALTER TABLE order_history DROP CONSTRAINT order_history_pkey, ADD PRIMARY KEY (order_id, id, store_id);
ALTER TABLE parcels
  DROP CONSTRAINT parcels_pkey, ADD PRIMARY KEY (id, store_id),
  DROP CONSTRAINT parcels_store_id_order_id_seller_id_key, ADD CONSTRAINT one_parcel_per_seller UNIQUE (order_id, seller_id, store_id);
ALTER TABLE reduced_lines ADD FOREIGN KEY (order_id, line_id, store_id) REFERENCES order_lines (order_id, id, store_id);
ALTER TABLE return_lines ADD FOREIGN KEY (order_id, line_id, store_id) REFERENCES order_lines (order_id, id, store_id);
ALTER TABLE returns ADD FOREIGN KEY (parcel_id, store_id) REFERENCES parcels (id, store_id);

-- An order is written four times within a moment: a tenth of the table has changed soon, and nothing that its statistics tell.
ALTER TABLE orders SET (autovacuum_analyze_scale_factor = 1);
ALTER TABLE orders ALTER COLUMN address SET STATISTICS 0;
