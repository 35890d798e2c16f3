-- What mails say about an order, from OrderPlaced.
CREATE TABLE orders (
  store_id uuid,
  id       uuid,
  placed   jsonb NOT NULL,
  PRIMARY KEY (store_id, id)
);
CALL protect('orders');

-- A mail to be sent, once. It is rendered when it is sent or read: until then template and facts are enough.
CREATE TABLE notifications (
  store_id   uuid,
  id         uuid,
  order_id   uuid NOT NULL,
  template   text NOT NULL,
  about      text NOT NULL DEFAULT '',
  facts      jsonb NOT NULL DEFAULT '{}',
  recipient  text NOT NULL,
  subject    text NOT NULL,
  status     text NOT NULL CHECK (status IN ('queued', 'sent', 'kept')),
  attempts   int NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  sent_at    timestamptz,
  PRIMARY KEY (store_id, id),
  CONSTRAINT once_per_fact UNIQUE (store_id, order_id, template, about),
  FOREIGN KEY (store_id, order_id) REFERENCES orders (store_id, id),
  CHECK ((status = 'sent') = (sent_at IS NOT NULL))
);
CALL protect('notifications');
