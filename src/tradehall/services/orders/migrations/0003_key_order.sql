-- Every index but the primary key begins with what it is for: while a table is young all indexes cost the same, and a
-- foreign key's check, planned then and kept, read a whole store through one that begins with store_id.
ALTER TABLE orders DROP CONSTRAINT orders_store_id_number_key;
ALTER TABLE orders ADD CONSTRAINT orders_number_key UNIQUE (number, store_id);
ALTER TABLE orders DROP CONSTRAINT one_order_per_cart_version;
ALTER TABLE orders ADD CONSTRAINT one_order_per_cart_version UNIQUE (cart_id, cart_version, store_id);
