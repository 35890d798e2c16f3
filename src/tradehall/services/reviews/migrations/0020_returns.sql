-- What comes back is a line, not an order.
ALTER TABLE purchases ADD COLUMN returned_at timestamptz;
ALTER TABLE purchases NO FORCE ROW LEVEL SECURITY;
ALTER TABLE orders NO FORCE ROW LEVEL SECURITY;
UPDATE purchases p SET returned_at = o.returned_at FROM orders o
WHERE o.store_id = p.store_id AND o.id = p.order_id AND o.returned_at IS NOT NULL;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
ALTER TABLE purchases FORCE ROW LEVEL SECURITY;
ALTER TABLE orders DROP COLUMN returned_at;
