-- What readers chose, where it is not what everybody gets. `reader_id` is an account, or stands for an address that has none.
CREATE TABLE choices (
  store_id  uuid,
  reader_id uuid,
  kind      text CHECK (kind IN ('orders', 'parcels', 'reminders', 'account', 'selling', 'stock')),
  channel   text CHECK (channel IN ('email', 'sms', 'push', 'in_app')),
  wanted    boolean NOT NULL,
  since     timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (store_id, reader_id, kind, channel)
);
CALL protect('choices');

ALTER TABLE no_reminders NO FORCE ROW LEVEL SECURITY;
ALTER TABLE choices NO FORCE ROW LEVEL SECURITY;
INSERT INTO choices (store_id, reader_id, kind, channel, wanted, since)
SELECT store_id, person_id, 'reminders', 'email', false, since FROM no_reminders;
ALTER TABLE choices FORCE ROW LEVEL SECURITY;
DROP TABLE no_reminders;

-- Browsers that take push messages for an account. An address belongs to one browser, whoever is logged in there last.
CREATE TABLE devices (
  store_id   uuid,
  id         uuid,
  person_id  uuid NOT NULL,
  endpoint   text NOT NULL CHECK (length(endpoint) BETWEEN 10 AND 1000),
  p256dh     text NOT NULL CHECK (length(p256dh) BETWEEN 80 AND 100),
  auth       text NOT NULL CHECK (length(auth) BETWEEN 20 AND 30),
  name       text NOT NULL CHECK (length(name) <= 200),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (store_id, id),
  CONSTRAINT one_per_browser UNIQUE (store_id, endpoint)
);
CALL protect('devices');
CREATE INDEX devices_of_person ON devices (person_id, store_id);
