-- Each way that a notification goes: taken in hand by one worker at a time, tried until it is of no use any more. `next_at` is when
-- it is due again, `uncertain` that a try before may have been taken, `provider_id` how who carries it calls it. Without a row there is nothing to carry it by: the mailbox has it.
CREATE TABLE deliveries (
  store_id        uuid,
  id              uuid,
  notification_id uuid NOT NULL,
  channel         text NOT NULL CHECK (channel IN ('email', 'sms', 'push', 'in_app')),
  target          text NOT NULL DEFAULT '',
  recipient       text NOT NULL,
  status          text NOT NULL CHECK (status IN ('queued', 'sending', 'sent', 'delivered', 'failed', 'skipped')),
  attempts        int NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  next_at         timestamptz,
  claimed_until   timestamptz,
  expires_at      timestamptz NOT NULL,
  uncertain       boolean NOT NULL DEFAULT false,
  provider_id     text NOT NULL DEFAULT '' CHECK (length(provider_id) <= 200),
  error           text NOT NULL DEFAULT '' CHECK (length(error) <= 500),
  created_at      timestamptz NOT NULL DEFAULT now(),
  sent_at         timestamptz,
  delivered_at    timestamptz,
  PRIMARY KEY (store_id, id),
  CONSTRAINT once_per_way UNIQUE (store_id, notification_id, channel, target),
  FOREIGN KEY (store_id, notification_id) REFERENCES notifications (store_id, id),
  CHECK (status NOT IN ('sent', 'delivered') OR sent_at IS NOT NULL),
  CHECK ((status = 'delivered') = (delivered_at IS NOT NULL)),
  CHECK ((status = 'sending') = (claimed_until IS NOT NULL))
);
CALL protect('deliveries');
CALL open_across('deliveries', 'SELECT, INSERT');
CREATE INDEX deliveries_by_status ON deliveries (store_id, status, id);

-- `locale` '': the store's. `person_id`: whose account it is about.
ALTER TABLE notifications ADD locale text NOT NULL DEFAULT '', ADD person_id uuid;

-- What mails were on their way, or went. Of all stores, hence not forced for this statement.
ALTER TABLE notifications NO FORCE ROW LEVEL SECURITY;
ALTER TABLE deliveries NO FORCE ROW LEVEL SECURITY;
INSERT INTO deliveries (store_id, id, notification_id, channel, recipient, status, attempts, expires_at, created_at, sent_at)
SELECT store_id, gen_random_uuid(), id, 'email', recipient, status, attempts, created_at + interval '2 days', created_at, sent_at
FROM notifications WHERE status IN ('queued', 'sent');
ALTER TABLE deliveries FORCE ROW LEVEL SECURITY;
ALTER TABLE notifications FORCE ROW LEVEL SECURITY;
ALTER TABLE notifications DROP COLUMN status, DROP COLUMN attempts, DROP COLUMN sent_at, DROP COLUMN claimed_until;
