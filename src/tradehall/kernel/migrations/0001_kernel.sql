-- What every service's database has: the store of the transaction, outbox, inbox, parked events, dead letters,
-- idempotency keys. The event tables carry rows of all stores and are the kernel's own; no service queries them.

CREATE FUNCTION current_store() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('app.store_id', true), '')::uuid;

-- For every table that holds a store's rows: nothing is seen or written but the rows of the transaction's store.
CREATE PROCEDURE protect(target regclass) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ALTER COLUMN store_id SET DEFAULT current_store()', target);
  EXECUTE format('ALTER TABLE %s ALTER COLUMN store_id SET NOT NULL', target);
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
  EXECUTE format('CREATE POLICY own_store ON %s USING (store_id = current_store()) WITH CHECK (store_id = current_store())', target);
END $$;

-- The columns are those Debezium's outbox event router reads.
CREATE TABLE outbox (
  seq           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id            uuid NOT NULL,
  store_id      uuid,
  aggregatetype text NOT NULL,
  aggregateid   text NOT NULL,
  type          text NOT NULL,
  payload       text NOT NULL,
  headers       text NOT NULL DEFAULT '{}',
  available_at  timestamptz NOT NULL DEFAULT '-infinity'
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
CREATE INDEX outbox_due ON outbox (available_at, seq);

CREATE TABLE inbox (
  event_id    uuid PRIMARY KEY,
  received_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX inbox_age ON inbox USING brin (received_at) WITH (pages_per_range = 16);

CREATE TABLE parked (
  seq       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event_id  uuid NOT NULL UNIQUE,
  store_id  uuid,
  publisher text NOT NULL,
  key       text NOT NULL,
  type      text NOT NULL,
  payload   text NOT NULL,
  headers   text NOT NULL,
  attempts  int NOT NULL CHECK (attempts >= 0),
  next_at   timestamptz NOT NULL,
  error     text NOT NULL
);
CREATE INDEX parked_key ON parked (key, seq);

CREATE TABLE dead_letters (
  event_id  uuid PRIMARY KEY,
  kind      text NOT NULL CHECK (kind IN ('event', 'task')),
  store_id  uuid,
  publisher text NOT NULL,
  key       text NOT NULL,
  type      text NOT NULL,
  payload   text NOT NULL,
  headers   text NOT NULL,
  attempts  int NOT NULL,
  error     text NOT NULL,
  died_at   timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE idempotency_keys (
  store_id    uuid,
  actor       text NOT NULL,
  key         text NOT NULL CHECK (length(key) <= 200),
  fingerprint text NOT NULL,
  status      smallint,
  body        text,
  created_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (store_id, actor, key)
);
CALL protect('idempotency_keys');
CREATE INDEX idempotency_keys_age ON idempotency_keys USING brin (created_at);

-- Old keys go, whatever their store: the one statement that crosses stores, hence by the owner's rights.
CREATE POLICY prune_select ON idempotency_keys FOR SELECT TO CURRENT_USER USING (true);
CREATE POLICY prune_delete ON idempotency_keys FOR DELETE TO CURRENT_USER USING (true);
CREATE FUNCTION prune_idempotency_keys(older_than timestamptz) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp
AS 'DELETE FROM idempotency_keys WHERE created_at < older_than';
