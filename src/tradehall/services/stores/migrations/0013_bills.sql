-- How the platform is paid, and what it writes on its bills: one row, of its own id.
CREATE TABLE platform_terms (
  store_id     uuid PRIMARY KEY,
  methods      text[] NOT NULL CHECK (cardinality(methods) BETWEEN 1 AND 20),
  issuer       text NOT NULL CHECK (length(issuer) <= 1000),
  tax_name     text NOT NULL CHECK (length(tax_name) <= 40),
  tax_rate     int NOT NULL CHECK (tax_rate BETWEEN 0 AND 10000), -- hundredths of a percent
  tax_included boolean NOT NULL,
  updated_at   timestamptz NOT NULL DEFAULT now()
);
CALL protect('platform_terms');

-- What a bill asks for is a price without tax and the tax on it. Those made before had none.
ALTER TABLE signups
  DROP CONSTRAINT signups_status_check,
  DROP CONSTRAINT signups_card_check,
  ADD CONSTRAINT signups_status_check CHECK (status IN ('unproven', 'charging', 'waiting', 'declined', 'opened', 'expired')),
  ADD CONSTRAINT never_a_card_number CHECK (card !~ '[0-9]{13}'),
  ADD COLUMN tax bigint NOT NULL DEFAULT 0 CHECK (tax BETWEEN 0 AND amount),
  ADD COLUMN tax_rate int NOT NULL DEFAULT 0,
  ADD COLUMN tax_name text NOT NULL DEFAULT '',
  ADD COLUMN tax_included boolean NOT NULL DEFAULT true,
  ADD COLUMN turn jsonb,
  ADD CONSTRAINT who_waits_knows_what_for CHECK ((status = 'waiting') = (turn IS NOT NULL));
ALTER TABLE subscriptions
  DROP CONSTRAINT subscriptions_card_check,
  ADD CONSTRAINT never_a_card_number CHECK (card !~ '[0-9]{13}');

ALTER TABLE invoices
  DROP CONSTRAINT invoices_status_check,
  DROP CONSTRAINT invoices_attempt_check,
  ADD CONSTRAINT invoices_status_check CHECK (status IN ('open', 'charging', 'waiting', 'declined', 'paid', 'void')),
  ADD CONSTRAINT invoices_attempt_check CHECK (attempt >= CASE WHEN status = 'open' THEN 0 ELSE 1 END OR status = 'void'),
  ADD COLUMN net bigint,
  ADD COLUMN tax bigint NOT NULL DEFAULT 0,
  ADD COLUMN tax_rate int NOT NULL DEFAULT 0,
  ADD COLUMN tax_name text NOT NULL DEFAULT '',
  ADD COLUMN tax_included boolean NOT NULL DEFAULT true,
  ADD COLUMN issuer text NOT NULL DEFAULT '',
  ADD COLUMN method text NOT NULL DEFAULT 'card-simulated',
  ADD COLUMN turn jsonb,
  ADD COLUMN due_at timestamptz,
  ADD COLUMN returned bigint NOT NULL DEFAULT 0;
ALTER TABLE invoices NO FORCE ROW LEVEL SECURITY;
UPDATE invoices SET net = amount;
ALTER TABLE invoices FORCE ROW LEVEL SECURITY;
ALTER TABLE invoices
  ALTER COLUMN net SET NOT NULL,
  ADD CONSTRAINT totals_add_up CHECK (net >= 0 AND tax >= 0 AND net + tax = amount),
  ADD CONSTRAINT returned_at_most_what_was_paid CHECK (returned BETWEEN 0 AND CASE WHEN status = 'paid' THEN amount ELSE 0 END),
  ADD CONSTRAINT who_waits_knows_what_for CHECK ((status = 'waiting') = (turn IS NOT NULL));
DROP INDEX one_open_invoice;
CREATE UNIQUE INDEX one_open_invoice ON invoices (store_id) WHERE status IN ('open', 'charging', 'waiting', 'declined');
