-- Operators are users of the platform itself: rows with the nil store, seen only by a transaction of that store.
-- No store has the nil id, so no store's transaction can see, make or become an operator.
CREATE TABLE users (
  store_id      uuid,
  id            uuid,
  email         text NOT NULL CHECK (length(email) BETWEEN 3 AND 254 AND email = lower(email COLLATE "C")),
  name          text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  roles         text[] NOT NULL CHECK (
    cardinality(roles) >= 1 AND roles <@ ARRAY['shopper', 'seller', 'store_admin', 'operator']
  ),
  password_hash text NOT NULL CHECK (password_hash LIKE '$argon2id$%'),
  created_at    timestamptz NOT NULL DEFAULT now(),
  updated_at    timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (store_id, id),
  UNIQUE (store_id, email),
  CONSTRAINT operators_belong_to_no_store CHECK (
    ('operator' = ANY (roles)) = (store_id = '00000000-0000-0000-0000-000000000000')
  )
);
CALL protect('users');

-- Kept by e-mail, not by user, so that an address without an account is answered and locked like one that has it.
CREATE TABLE login_failures (
  store_id     uuid,
  email_digest bytea CHECK (octet_length(email_digest) = 32),
  failures     int NOT NULL CHECK (failures >= 1),
  locked_until timestamptz,
  last_at      timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (store_id, email_digest)
);
CALL protect('login_failures');
CREATE INDEX login_failures_age ON login_failures (store_id, last_at);

CREATE TABLE sessions (
  store_id     uuid,
  id           uuid,
  user_id      uuid NOT NULL,
  user_agent   text NOT NULL CHECK (length(user_agent) <= 300),
  address      text NOT NULL CHECK (length(address) <= 64),
  created_at   timestamptz NOT NULL DEFAULT now(),
  last_used_at timestamptz NOT NULL DEFAULT now(),
  expires_at   timestamptz NOT NULL,
  PRIMARY KEY (store_id, id),
  FOREIGN KEY (store_id, user_id) REFERENCES users ON DELETE CASCADE
);
CALL protect('sessions');
CREATE INDEX sessions_of_user ON sessions (store_id, user_id, id);

-- All tokens of a session are one family: a used one that comes again ends the session, and all go with it.
CREATE TABLE refresh_tokens (
  store_id   uuid,
  digest     bytea CHECK (octet_length(digest) = 32),
  session_id uuid NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at    timestamptz,
  PRIMARY KEY (store_id, digest),
  FOREIGN KEY (store_id, session_id) REFERENCES sessions ON DELETE CASCADE
);
CALL protect('refresh_tokens');
CREATE INDEX refresh_tokens_of_session ON refresh_tokens (store_id, session_id, expires_at);

CREATE TABLE addresses (
  store_id   uuid,
  id         uuid,
  user_id    uuid NOT NULL,
  name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  line1      text NOT NULL CHECK (length(line1) BETWEEN 1 AND 200),
  line2      text NOT NULL CHECK (length(line2) <= 200),
  city       text NOT NULL CHECK (length(city) BETWEEN 1 AND 200),
  region     text NOT NULL CHECK (length(region) <= 100),
  zip        text NOT NULL CHECK (length(zip) BETWEEN 3 AND 13),
  country    char(2) NOT NULL,
  phone      text NOT NULL CHECK (length(phone) <= 33),
  is_default boolean NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (store_id, id),
  FOREIGN KEY (store_id, user_id) REFERENCES users ON DELETE CASCADE
);
CALL protect('addresses');
CREATE INDEX addresses_of_user ON addresses (store_id, user_id, id);
CREATE UNIQUE INDEX one_default_address ON addresses (store_id, user_id) WHERE is_default;

CREATE TABLE sellers (
  store_id    uuid,
  id          uuid,
  user_id     uuid NOT NULL,
  slug        text NOT NULL CHECK (slug ~ '^[a-z][a-z0-9-]{1,60}$'),
  name        text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  description text NOT NULL CHECK (length(description) <= 4000),
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (store_id, id),
  UNIQUE (store_id, slug),
  UNIQUE (store_id, user_id),
  FOREIGN KEY (store_id, user_id) REFERENCES users ON DELETE CASCADE
);
CALL protect('sellers');
