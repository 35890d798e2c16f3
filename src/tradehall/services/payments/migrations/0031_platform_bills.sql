-- The platform's own invoices are paid to the platform: rows of its own id, whatever store pays, so that its accounts, its
-- webhooks and its bank's statements meet them as a store's meet those of its orders.
ALTER TABLE payments ADD COLUMN payer uuid, ADD COLUMN bill jsonb;
