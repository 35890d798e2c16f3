-- It begins with what it is for: while a table is young all indexes cost the same, and a foreign key's check, planned
-- then and kept, read a whole store through one that begins with store_id.
ALTER TABLE payments DROP CONSTRAINT one_payment_per_order;
ALTER TABLE payments ADD CONSTRAINT one_payment_per_order UNIQUE (order_id, store_id);
