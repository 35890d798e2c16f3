-- An order's id comes from the moment it was made: what is found by it is written at the end of the index, whichever stores are
-- busy.
ALTER TABLE reviews DROP CONSTRAINT reviews_store_id_order_id_variant_id_fkey;
ALTER TABLE purchases DROP CONSTRAINT purchases_store_id_order_id_fkey;
ALTER TABLE orders DROP CONSTRAINT orders_pkey, ADD PRIMARY KEY (id, store_id);
ALTER TABLE purchases
  DROP CONSTRAINT purchases_pkey, ADD PRIMARY KEY (order_id, variant_id, store_id),
  ADD FOREIGN KEY (order_id, store_id) REFERENCES orders (id, store_id);
ALTER TABLE reviews
  ADD FOREIGN KEY (order_id, variant_id, store_id) REFERENCES purchases (order_id, variant_id, store_id);
