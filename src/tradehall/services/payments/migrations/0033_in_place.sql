-- A payment's status changes twice within a moment. An index whose condition reads it has every index of the table written anew
-- each time; these conditions read what seldom changes.
ALTER TABLE payments
  ADD COLUMN in_review boolean NOT NULL GENERATED ALWAYS AS (status IN ('review', 'refunding')) STORED,
  ADD COLUMN paid_invoice uuid GENERATED ALWAYS AS (CASE WHEN status = 'paid' THEN invoice_id END) STORED;
DROP INDEX payments_in_review;
CREATE INDEX payments_in_review ON payments (store_id, id DESC) WHERE in_review;
DROP INDEX invoice_paid_once;
CREATE UNIQUE INDEX invoice_paid_once ON payments (paid_invoice, store_id) WHERE paid_invoice IS NOT NULL;
