-- A payment's id comes from the moment it was made: it is written at the end of the index, whichever stores are busy.
ALTER TABLE payments DROP CONSTRAINT payments_pkey, ADD PRIMARY KEY (id, store_id);
DROP INDEX payments_of_orders;
CREATE INDEX payments_of_store ON payments (store_id, id DESC);
ALTER TABLE entries DROP CONSTRAINT entries_pkey, ADD PRIMARY KEY (seq, store_id);
ALTER TABLE simulated_charges DROP CONSTRAINT simulated_charges_pkey, ADD PRIMARY KEY (key, store_id);

-- Changed much, with nothing that their statistics tell.
ALTER TABLE payments SET (autovacuum_analyze_scale_factor = 1);
ALTER TABLE payments
  ALTER COLUMN proof SET STATISTICS 0, ALTER COLUMN action SET STATISTICS 0, ALTER COLUMN buyer SET STATISTICS 0,
  ALTER COLUMN bill SET STATISTICS 0;
