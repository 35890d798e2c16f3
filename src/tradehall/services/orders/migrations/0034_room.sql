-- An order's row is written twice within a moment, beside others of that moment, before what it was can be swept up.
ALTER TABLE orders SET (fillfactor = 45);

-- Orders without a cart would stand in this index by their store, each at its own place.
ALTER TABLE orders DROP CONSTRAINT one_order_per_cart_version;
CREATE UNIQUE INDEX one_order_per_cart_version ON orders (cart_id, cart_version, store_id) WHERE cart_id IS NOT NULL;
