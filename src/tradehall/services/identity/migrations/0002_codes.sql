-- Codes of six digits that prove an address. Kept by purpose and subject: the SHA-256 of the account's id, or, for a
-- forgotten password, of the e-mail, so that an address without an account is answered like one that has it.
-- `digest` is keyed with the installation's secret; it goes when the code is used.
CREATE TABLE codes (
  store_id     uuid,
  purpose      text CHECK (purpose IN ('password_reset', 'email_verification', 'email_change')),
  subject      bytea CHECK (octet_length(subject) = 32),
  address      text NOT NULL CHECK (length(address) BETWEEN 3 AND 254),
  digest       bytea CHECK (octet_length(digest) = 32),
  tries        int NOT NULL DEFAULT 0 CHECK (tries BETWEEN 0 AND 5),
  issued_at    timestamptz NOT NULL DEFAULT now(),
  expires_at   timestamptz NOT NULL CHECK (expires_at > issued_at),
  issued       int NOT NULL DEFAULT 1 CHECK (issued >= 1), -- within a day from counted_from
  counted_from timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (store_id, purpose, subject)
);
CALL protect('codes');
CREATE INDEX codes_age ON codes (store_id, issued_at);

ALTER TABLE users
  ADD COLUMN password_set_at   timestamptz NOT NULL DEFAULT now(),
  ADD COLUMN email_verified_at timestamptz;
