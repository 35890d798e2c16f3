-- They begin with what they are for: while a table is young all indexes cost the same, and a plan made then and kept
-- read a whole store through one that begins with store_id.
DROP INDEX variants_of_product;
CREATE INDEX variants_of_product ON variants (product_id, store_id, position);
ALTER TABLE variants DROP CONSTRAINT variants_store_id_sku_key;
ALTER TABLE variants ADD CONSTRAINT variants_sku_key UNIQUE (sku, store_id);
