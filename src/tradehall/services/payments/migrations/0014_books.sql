-- Money in parts, and the books of it. `captured` and `refunded` only grow, and each step is an entry that stays.
ALTER TABLE payments
  DROP CONSTRAINT payments_status_check,
  DROP CONSTRAINT captured_at_most_the_amount, -- a provider that took more is told of, and gives it back
  DROP CONSTRAINT refunded_at_most_the_captured,
  DROP CONSTRAINT never_a_card_number,
  ADD COLUMN authorised bigint NOT NULL DEFAULT 0,
  ADD COLUMN refunding bigint NOT NULL DEFAULT 0,
  ADD COLUMN action jsonb,
  ADD CONSTRAINT known_status CHECK (status IN ('awaiting', 'charging', 'action', 'authorised', 'waiting_proof', 'review',
    'promised', 'paid', 'declined', 'rejected', 'void', 'refunding', 'refunded')),
  ADD CONSTRAINT amounts_are_not_negative CHECK (authorised >= 0 AND captured >= 0 AND refunding >= 0 AND refunded >= 0),
  ADD CONSTRAINT refunds_never_exceed_captures CHECK (refunded + refunding <= captured),
  ADD CONSTRAINT refunded_means_all_of_it CHECK (status <> 'refunded' OR (captured > 0 AND refunded = captured)),
  ADD CONSTRAINT never_a_card_number CHECK (token !~ '[0-9]{13}');
CREATE INDEX payments_by_reference ON payments (reference, store_id) WHERE reference IS NOT NULL;

CREATE TABLE refunds (
  store_id   uuid,
  id         uuid,
  payment_id uuid NOT NULL,
  amount     bigint NOT NULL CHECK (amount > 0),
  status     text NOT NULL CHECK (status IN ('due', 'done', 'failed')),
  reason     text NOT NULL CHECK (length(reason) <= 500),
  note       text NOT NULL DEFAULT '',
  reference  text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL DEFAULT now(),
  ended_at   timestamptz,
  PRIMARY KEY (store_id, id),
  CHECK ((status = 'due') = (ended_at IS NULL))
);
CALL protect('refunds');
CREATE INDEX refunds_of_payment ON refunds (payment_id, store_id);
CREATE INDEX refunds_due ON refunds (store_id, id) WHERE status <> 'done';
CALL open_across('refunds', 'SELECT, INSERT');
-- What was being given back when this was installed.
ALTER TABLE payments NO FORCE ROW LEVEL SECURITY;
ALTER TABLE refunds NO FORCE ROW LEVEL SECURITY;
INSERT INTO refunds (store_id, id, payment_id, amount, status, reason)
SELECT store_id, gen_random_uuid(), id, captured, 'due', 'The order came to nothing' FROM payments WHERE status = 'refunding';
UPDATE payments SET refunding = captured WHERE status = 'refunding';
ALTER TABLE refunds FORCE ROW LEVEL SECURITY;

CREATE TABLE entries (
  store_id   uuid NOT NULL,
  seq        bigint GENERATED ALWAYS AS IDENTITY,
  payment_id uuid NOT NULL,
  kind       text NOT NULL CHECK (kind IN ('authorised', 'captured', 'refunded')),
  amount     bigint NOT NULL CHECK (amount > 0),
  currency   char(3) NOT NULL,
  reference  text,
  at         timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (store_id, seq)
);
CALL protect('entries');
CREATE INDEX entries_of_payment ON entries (payment_id, store_id);
CREATE INDEX entries_by_time ON entries (store_id, at);
REVOKE UPDATE, DELETE ON entries FROM :app_role;
CALL open_across('entries', 'INSERT');
ALTER TABLE entries NO FORCE ROW LEVEL SECURITY;
INSERT INTO entries (store_id, payment_id, kind, amount, currency, reference)
SELECT store_id, id, 'captured', captured, currency, reference FROM payments WHERE captured > 0
UNION ALL SELECT store_id, id, 'refunded', refunded, currency, reference FROM payments WHERE refunded > 0;
ALTER TABLE entries FORCE ROW LEVEL SECURITY;
ALTER TABLE payments FORCE ROW LEVEL SECURITY;

CREATE FUNCTION book() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- An amount that shrinks would be an entry below zero, which `entries` refuses. A hold may end: that is no entry.
  INSERT INTO entries (store_id, payment_id, kind, amount, currency, reference)
  SELECT NEW.store_id, NEW.id, kind, amount, NEW.currency, NEW.reference
  FROM (VALUES ('authorised', greatest(NEW.authorised - OLD.authorised, 0)), ('captured', NEW.captured - OLD.captured),
    ('refunded', NEW.refunded - OLD.refunded)) AS moved(kind, amount)
  WHERE amount <> 0;
  RETURN NULL;
END $$;
CREATE TRIGGER booked AFTER UPDATE ON payments FOR EACH ROW
  WHEN ((OLD.authorised, OLD.captured, OLD.refunded) IS DISTINCT FROM (NEW.authorised, NEW.captured, NEW.refunded))
  EXECUTE FUNCTION book();

-- The stores' own accounts at providers. Keys are sealed with the installation's secret.
CREATE TABLE provider_accounts (
  store_id   uuid,
  provider   text CHECK (length(provider) BETWEEN 1 AND 40),
  keys       text NOT NULL,
  shown      jsonb NOT NULL, -- what of the keys may be shown
  capture    text NOT NULL CHECK (capture IN ('at_once', 'on_shipment')),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (store_id, provider)
);
CALL protect('provider_accounts');

-- The simulated provider's: each refund once, whoever asks how often.
CREATE TABLE simulated_refunds (
  store_id uuid,
  id       uuid,
  key      uuid NOT NULL,
  amount   bigint NOT NULL CHECK (amount > 0),
  PRIMARY KEY (store_id, id)
);
CALL protect('simulated_refunds');
