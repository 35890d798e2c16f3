-- What a store pays for, and until when it has paid. Stores that an operator opened have none. `paid` is what the cycle
-- that runs costs, `next_at` when the one timer that counts is due.
CREATE TABLE subscriptions (
  store_id     uuid PRIMARY KEY REFERENCES stores (id),
  plan         text NOT NULL,
  months       int NOT NULL CHECK (months IN (1, 6, 12, 24)),
  paid         bigint NOT NULL CHECK (paid >= 0),
  currency     char(3) NOT NULL,
  period_start timestamptz NOT NULL,
  period_end   timestamptz NOT NULL CHECK (period_end > period_start),
  anchor       int NOT NULL CHECK (anchor BETWEEN 1 AND 31), -- the day of the month that periods begin with
  status       text NOT NULL CHECK (status IN ('active', 'grace', 'suspended', 'ended')),
  next_plan    text,
  next_months  int CHECK (next_months IN (1, 6, 12, 24)),
  ends         boolean NOT NULL DEFAULT false,
  method       text NOT NULL,
  card         text CHECK (card ~ '^tok_'),
  email        text NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
  grace_since  timestamptz,
  retries      int NOT NULL DEFAULT 0 CHECK (retries BETWEEN 0 AND 3),
  next_at      timestamptz,
  CHECK ((next_plan IS NULL) = (next_months IS NULL)),
  CHECK (status <> 'grace' OR grace_since IS NOT NULL)
);
CALL protect('subscriptions');

-- `number` counts within the store. A renewal is of a period, and there is one for each that was not given up.
CREATE TABLE invoices (
  store_id     uuid REFERENCES stores (id),
  id           uuid,
  number       int NOT NULL CHECK (number > 0),
  kind         text NOT NULL CHECK (kind IN ('signup', 'renewal', 'upgrade')),
  plan         text NOT NULL,
  months       int NOT NULL CHECK (months IN (1, 6, 12, 24)),
  period_start timestamptz NOT NULL,
  period_end   timestamptz NOT NULL CHECK (period_end > period_start),
  amount       bigint NOT NULL CHECK (amount >= 0),
  currency     char(3) NOT NULL,
  cycle        bigint NOT NULL CHECK (cycle >= 0), -- what the whole cycle costs
  status       text NOT NULL CHECK (status IN ('charging', 'declined', 'paid', 'void')),
  attempt      int NOT NULL DEFAULT 1 CHECK (attempt >= 1),
  payment_id   uuid,
  created_at   timestamptz NOT NULL DEFAULT now(),
  settled_at   timestamptz,
  PRIMARY KEY (store_id, id),
  CONSTRAINT numbered_once UNIQUE (number, store_id),
  CONSTRAINT paid_by_a_payment CHECK (status <> 'paid' OR payment_id IS NOT NULL OR amount = 0)
);
CALL protect('invoices');
CREATE UNIQUE INDEX one_renewal_per_period ON invoices (period_start, store_id) WHERE kind <> 'upgrade' AND status <> 'void';
CREATE UNIQUE INDEX one_open_invoice ON invoices (store_id) WHERE status IN ('charging', 'declined');
CREATE UNIQUE INDEX one_invoice_per_payment ON invoices (payment_id, store_id) WHERE payment_id IS NOT NULL;
