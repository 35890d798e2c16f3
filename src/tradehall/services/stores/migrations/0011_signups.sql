-- Of people who have no store yet: rows of the platform's own id. `digest` is that of the code that proves the address,
-- keyed with the installation's secret. `card` is a provider's token, gone when the signup ends.
CREATE TABLE signups (
  store_id        uuid,
  id              uuid,
  email           text NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
  name            text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
  slug            text NOT NULL,
  plan            text NOT NULL,
  months          int NOT NULL CHECK (months IN (1, 6, 12, 24)),
  amount          bigint NOT NULL CHECK (amount >= 0),
  currency        char(3) NOT NULL,
  method          text NOT NULL,
  card            text CHECK (card ~ '^tok_'),
  status          text NOT NULL CHECK (status IN ('unproven', 'charging', 'declined', 'opened', 'expired')),
  opens           uuid NOT NULL, -- the id of its store
  invoice_id      uuid NOT NULL,
  attempt         int NOT NULL DEFAULT 0 CHECK (attempt >= 0),
  digest          bytea CHECK (octet_length(digest) = 32),
  tries           int NOT NULL DEFAULT 0 CHECK (tries BETWEEN 0 AND 5),
  codes           int NOT NULL DEFAULT 1 CHECK (codes BETWEEN 1 AND 20),
  code_issued_at  timestamptz NOT NULL DEFAULT now(),
  code_expires_at timestamptz NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT now(),
  expires_at      timestamptz NOT NULL,
  PRIMARY KEY (store_id, id),
  CONSTRAINT one_signup_per_invoice UNIQUE (invoice_id, store_id),
  CONSTRAINT one_signup_per_store UNIQUE (opens, store_id),
  CONSTRAINT never_charged_unproven CHECK ((status = 'unproven') = (digest IS NOT NULL) OR status = 'expired'),
  CONSTRAINT card_goes_with_the_signup CHECK (card IS NULL OR status NOT IN ('opened', 'expired'))
);
CALL protect('signups');
CREATE INDEX signups_of_address ON signups (email, store_id, code_issued_at);
