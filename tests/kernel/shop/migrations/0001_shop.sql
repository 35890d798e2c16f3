CREATE TABLE notes (
  store_id uuid,
  seq      bigint GENERATED ALWAYS AS IDENTITY,
  name     text NOT NULL,
  number   int NOT NULL,
  PRIMARY KEY (store_id, seq)
);
CALL protect('notes');
