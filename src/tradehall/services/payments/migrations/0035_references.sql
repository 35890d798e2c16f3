-- By what a provider calls a payment. An index of payments themselves had every index of theirs written anew when it came,
-- which is with the money.
CREATE TABLE provider_references (
  store_id   uuid,
  reference  text,
  payment_id uuid,
  PRIMARY KEY (reference, payment_id, store_id)
);
CALL protect('provider_references');
CALL open_across('provider_references', 'SELECT, INSERT');
ALTER TABLE payments NO FORCE ROW LEVEL SECURITY;
ALTER TABLE provider_references NO FORCE ROW LEVEL SECURITY;
INSERT INTO provider_references (store_id, reference, payment_id)
SELECT store_id, reference, id FROM payments WHERE reference IS NOT NULL;
ALTER TABLE provider_references FORCE ROW LEVEL SECURITY;
ALTER TABLE payments FORCE ROW LEVEL SECURITY;
DROP INDEX payments_by_reference;

-- Twice within a moment a payment's row is written, beside others of that moment.
ALTER TABLE payments SET (fillfactor = 50);

-- Payments of orders would stand in this index by their store, each at its own place.
ALTER TABLE payments DROP CONSTRAINT one_payment_per_attempt;
CREATE UNIQUE INDEX one_payment_per_attempt ON payments (invoice_id, attempt, store_id) WHERE invoice_id IS NOT NULL;
