-- Where buyers transfer to, as the store words it.
CREATE TABLE bank_details (
  store_id   uuid,
  text       text NOT NULL CHECK (length(text) <= 1000),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (store_id)
);
CALL protect('bank_details');
