-- Roles of a store's staff; accounts that sign in elsewhere and have no password; a phone.
ALTER TABLE users
  DROP CONSTRAINT users_roles_check,
  ADD CONSTRAINT users_roles_check CHECK (
    cardinality(roles) >= 1 AND roles <@ ARRAY[
      'shopper', 'seller', 'store_admin', 'warehouse_manager', 'warehouse_staff', 'support', 'operator'
    ]
  ),
  ALTER COLUMN password_hash DROP NOT NULL,
  ADD COLUMN phone text CHECK (phone ~ '^\+[1-9][0-9]{6,14}$'),
  ADD COLUMN phone_verified_at timestamptz,
  ADD CONSTRAINT only_proven_phones CHECK ((phone IS NULL) = (phone_verified_at IS NULL));
CREATE INDEX staff ON users (store_id, id) WHERE roles && ARRAY['store_admin', 'warehouse_manager', 'warehouse_staff', 'support'];

ALTER TABLE codes
  DROP CONSTRAINT codes_purpose_check,
  ADD CONSTRAINT codes_purpose_check CHECK (
    purpose IN ('password_reset', 'email_verification', 'email_change', 'phone_verification')
  );

-- One open invitation per address; whoever has its token may take it, once. `digest` is the token's SHA-256.
CREATE TABLE invitations (
  store_id   uuid,
  id         uuid,
  email      text NOT NULL CHECK (length(email) BETWEEN 3 AND 254 AND email = lower(email COLLATE "C")),
  roles      text[] NOT NULL CHECK (
    cardinality(roles) >= 1 AND roles <@ ARRAY['store_admin', 'warehouse_manager', 'warehouse_staff', 'support']
  ),
  digest     bytea NOT NULL CHECK (octet_length(digest) = 32),
  invited_by uuid,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL CHECK (expires_at > created_at),
  PRIMARY KEY (store_id, id),
  UNIQUE (email, store_id),
  UNIQUE (digest, store_id)
);
CALL protect('invitations');

-- Keys of programs, on behalf of a user. `digest` is the key's SHA-256; the key itself is shown once and not kept.
CREATE TABLE api_keys (
  store_id     uuid,
  id           uuid,
  user_id      uuid NOT NULL,
  name         text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  scopes       text[] NOT NULL CHECK (cardinality(scopes) >= 1),
  digest       bytea NOT NULL CHECK (octet_length(digest) = 32),
  hint         text NOT NULL CHECK (length(hint) <= 12),
  created_at   timestamptz NOT NULL DEFAULT now(),
  expires_at   timestamptz CHECK (expires_at > created_at),
  last_used_at timestamptz,
  PRIMARY KEY (store_id, id),
  UNIQUE (digest, store_id),
  FOREIGN KEY (store_id, user_id) REFERENCES users ON DELETE CASCADE
);
CALL protect('api_keys');
CREATE INDEX api_keys_of_user ON api_keys (user_id, store_id);

-- The second factor (RFC 6238). `secret` is sealed with the installation's; a step of time counts once, so that a code that
-- was looked at over somebody's shoulder is of no use. Not confirmed: it was shown and never proven.
CREATE TABLE totp (
  store_id     uuid,
  user_id      uuid,
  secret       text NOT NULL,
  confirmed_at timestamptz,
  last_step    bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (store_id, user_id),
  FOREIGN KEY (store_id, user_id) REFERENCES users ON DELETE CASCADE
);
CALL protect('totp');

CREATE TABLE recovery_codes (
  store_id uuid,
  user_id  uuid,
  digest   bytea CHECK (octet_length(digest) = 32),
  used_at  timestamptz,
  PRIMARY KEY (store_id, user_id, digest),
  FOREIGN KEY (store_id, user_id) REFERENCES totp ON DELETE CASCADE
);
CALL protect('recovery_codes');

-- Signing in with another issuer (OpenID Connect). `client_secret` is sealed.
CREATE TABLE issuers (
  store_id      uuid,
  code          text CHECK (code ~ '^[a-z][a-z0-9-]{0,40}$'),
  name          text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
  issuer        text NOT NULL CHECK (length(issuer) <= 500),
  client_id     text NOT NULL CHECK (length(client_id) BETWEEN 1 AND 500),
  client_secret text NOT NULL,
  PRIMARY KEY (store_id, code)
);
CALL protect('issuers');

-- A sign-in under way: the browser was sent there and is expected back once, with the `state` whose digest is here. With a
-- `user_id` it came back, and their second factor is still to be shown.
CREATE TABLE sign_ins (
  store_id   uuid,
  state      bytea CHECK (octet_length(state) = 32),
  code       text NOT NULL,
  nonce      text NOT NULL,
  verifier   text NOT NULL,
  cart_id    uuid,
  user_id    uuid,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (store_id, state),
  FOREIGN KEY (store_id, code) REFERENCES issuers ON DELETE CASCADE
);
CALL protect('sign_ins');
CREATE INDEX sign_ins_age ON sign_ins (store_id, created_at);

-- Who somebody is at an issuer. The subject never changes; an e-mail address may.
CREATE TABLE identities (
  store_id   uuid,
  issuer     text,
  subject    text CHECK (length(subject) BETWEEN 1 AND 255),
  user_id    uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (store_id, issuer, subject),
  FOREIGN KEY (store_id, user_id) REFERENCES users ON DELETE CASCADE
);
CALL protect('identities');
CREATE INDEX identities_of_user ON identities (user_id, store_id);
