-- Changed with each order, with nothing that their statistics tell.
ALTER TABLE products SET (autovacuum_analyze_scale_factor = 1);
ALTER TABLE variants SET (autovacuum_analyze_scale_factor = 1);
-- Long, and never a condition.
ALTER TABLE products
  ALTER COLUMN description SET STATISTICS 0, ALTER COLUMN specifications SET STATISTICS 0, ALTER COLUMN images SET STATISTICS 0;
