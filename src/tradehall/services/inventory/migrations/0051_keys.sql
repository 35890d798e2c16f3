-- An order's id comes from the moment it was made: its holds are written at the end of the index, whichever stores are busy.
ALTER TABLE holds DROP CONSTRAINT holds_pkey, ADD PRIMARY KEY (order_id, variant_id, warehouse_id, store_id);
-- A batch of orders of many stores looks for each variant once, not in each store.
ALTER TABLE levels DROP CONSTRAINT levels_pkey, ADD PRIMARY KEY (variant_id, warehouse_id, store_id);
CREATE INDEX levels_of_store ON levels (store_id, variant_id);

-- Changed much, with nothing that their statistics tell.
ALTER TABLE levels SET (autovacuum_analyze_scale_factor = 1);
ALTER TABLE holds SET (autovacuum_analyze_scale_factor = 1);
