CREATE TABLE payments (
  store_id    uuid,
  id          uuid,
  order_id    uuid NOT NULL,
  customer_id uuid,
  link        text NOT NULL,
  method      text NOT NULL,
  token       text,
  status      text NOT NULL CHECK (status IN ('awaiting', 'charging', 'waiting_proof', 'review', 'promised', 'paid',
                'declined', 'rejected', 'void', 'refunding', 'refunded')),
  cancelled   boolean NOT NULL DEFAULT false,
  amount      bigint NOT NULL CHECK (amount >= 0),
  currency    char(3) NOT NULL,
  captured    bigint NOT NULL DEFAULT 0,
  refunded    bigint NOT NULL DEFAULT 0,
  reference   text,
  proof       jsonb,
  note        text NOT NULL DEFAULT '',
  expires_at  timestamptz NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (store_id, id),
  CONSTRAINT one_payment_per_order UNIQUE (store_id, order_id),
  CONSTRAINT captured_at_most_the_amount CHECK (captured BETWEEN 0 AND amount),
  CONSTRAINT refunded_at_most_the_captured CHECK (refunded BETWEEN 0 AND captured),
  CONSTRAINT paid_means_captured CHECK (status <> 'paid' OR captured = amount),
  CONSTRAINT never_a_card_number CHECK (token IS NULL OR token ~ '^tok_')
) WITH (fillfactor = 70);
CALL protect('payments');
CREATE INDEX payments_in_review ON payments (store_id, id DESC) WHERE status IN ('review', 'refunding');

-- Answers of providers, however they came: the answer to a call, a webhook, the reaper's question. Each counts once.
CREATE TABLE provider_events (
  store_id    uuid,
  provider    text,
  event_id    text,
  payment_id  uuid NOT NULL,
  outcome     text NOT NULL,
  received_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (store_id, provider, event_id)
);
CALL protect('provider_events');
REVOKE UPDATE, DELETE ON provider_events FROM :app_role;

-- The books of the simulated provider: what it would know in its own house. One charge per key, whoever asks how often.
CREATE TABLE simulated_charges (
  store_id   uuid,
  key        uuid,
  amount     bigint NOT NULL CHECK (amount >= 0),
  currency   char(3) NOT NULL,
  outcome    text NOT NULL CHECK (outcome IN ('succeeded', 'declined', 'pending')),
  due_at     timestamptz,
  refunded   bigint NOT NULL DEFAULT 0 CHECK (refunded BETWEEN 0 AND amount),
  calls      int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (store_id, key)
);
CALL protect('simulated_charges');
