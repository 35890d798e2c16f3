-- Who can be told something: copies of identity's accounts, kept by its events.
CREATE TABLE people (
  store_id uuid,
  id       uuid,
  email    text NOT NULL,
  name     text NOT NULL,
  roles    text[] NOT NULL,
  PRIMARY KEY (store_id, id)
);
CALL protect('people');

-- Told in the application, under the bell. `facts` are what the sentence of its kind says; `about` tells two facts of a kind apart.
CREATE TABLE notes (
  store_id   uuid,
  id         uuid,
  person_id  uuid NOT NULL,
  kind       text NOT NULL CHECK (length(kind) BETWEEN 1 AND 60),
  about      text NOT NULL,
  facts      jsonb NOT NULL CHECK (jsonb_typeof(facts) = 'object'),
  created_at timestamptz NOT NULL DEFAULT now(),
  read_at    timestamptz,
  PRIMARY KEY (store_id, id),
  CONSTRAINT once_per_person UNIQUE (person_id, store_id, kind, about)
);
CALL protect('notes');
CREATE INDEX notes_of_person ON notes (person_id, store_id, id);
CREATE INDEX notes_unread ON notes (person_id, store_id) WHERE read_at IS NULL;
