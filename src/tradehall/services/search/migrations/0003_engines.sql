-- What an engine outside this database has of each index: all documents up to `version`, and of choices up to `choices`; -1 where it
-- has not got the first ones yet. So what is still to be sent is what changed since, and nothing of it can be lost. `model`
-- made its vectors, none where some lack; `settings` are those it was told last, `attributes` those that it knows. `held_by`
-- sends at the moment.
CREATE TABLE engine_indexes (
  store_id   uuid,
  generation int,
  version    bigint NOT NULL DEFAULT -1,
  choices    bigint NOT NULL DEFAULT -1,
  model      text,
  settings   text,
  attributes text[] NOT NULL DEFAULT '{}',
  sales_at   timestamptz NOT NULL DEFAULT '-infinity',
  held_by    uuid,
  held_until timestamptz NOT NULL DEFAULT '-infinity',
  PRIMARY KEY (store_id, generation)
);
CALL protect('engine_indexes');
CALL open_across('engine_indexes', 'SELECT');
