-- Payments of the platform's own invoices: the same table, provider and rules as those of orders, and no order about. Each
-- attempt is a payment of its own, and one of them at most is paid.
ALTER TABLE payments
  ALTER COLUMN order_id DROP NOT NULL,
  ADD COLUMN invoice_id uuid,
  ADD COLUMN attempt int,
  ADD CONSTRAINT of_an_order_or_an_invoice CHECK ((order_id IS NULL) <> (invoice_id IS NULL)),
  ADD CONSTRAINT invoices_are_paid_in_attempts CHECK ((invoice_id IS NULL) = (attempt IS NULL)),
  ADD CONSTRAINT one_payment_per_attempt UNIQUE (invoice_id, attempt, store_id);
CREATE UNIQUE INDEX invoice_paid_once ON payments (invoice_id, store_id) WHERE status = 'paid';
CREATE INDEX payments_of_orders ON payments (store_id, id DESC) WHERE order_id IS NOT NULL;
