-- Who wants no reminders of a cart left alone.
CREATE TABLE no_reminders (
  store_id  uuid,
  person_id uuid,
  since     timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (store_id, person_id)
);
CALL protect('no_reminders');
