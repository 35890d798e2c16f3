-- A store's own words, version by version; the last one counts. All of a version NULL: what we ship, again.
CREATE TABLE wordings (
  store_id   uuid,
  template   text CHECK (length(template) <= 60),
  locale     text CHECK (locale ~ '^[a-z]{2}(-[A-Z]{2})?$'),
  version    int CHECK (version > 0),
  subject    text CHECK (length(subject) BETWEEN 1 AND 500),
  text       text CHECK (length(text) BETWEEN 1 AND 20000),
  html       text CHECK (length(html) BETWEEN 1 AND 50000),
  short      text CHECK (length(short) BETWEEN 1 AND 1000),
  created_at timestamptz NOT NULL DEFAULT now(),
  created_by uuid NOT NULL,
  PRIMARY KEY (store_id, template, locale, version)
);
CALL protect('wordings');
REVOKE UPDATE, DELETE, TRUNCATE ON wordings FROM :app_role;

-- How a store signs its mails. One row, or none.
CREATE TABLE senders (
  store_id   uuid PRIMARY KEY,
  name       text NOT NULL CHECK (length(name) <= 100),
  reply_to   text NOT NULL CHECK (length(reply_to) <= 254),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CALL protect('senders');

-- A store's own account for SMS, sealed with the installation's secret. One row, or none.
CREATE TABLE sms_accounts (
  store_id   uuid PRIMARY KEY,
  account    text NOT NULL CHECK (length(account) <= 64),
  sender     text NOT NULL CHECK (length(sender) <= 40),
  keys       text NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now()
);
CALL protect('sms_accounts');
