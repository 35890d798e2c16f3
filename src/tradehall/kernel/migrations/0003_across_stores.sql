-- What many stores do at one moment may be written by one transaction. It runs by a role of its own, which sees nothing but
-- the tables that a service opens to it, and in those the rows of the transaction's stores; everything else keeps to one store.

-- The setting that names a transaction's store then names several. current_store() fails on it: a row that says no store of
-- its own is not written.
CREATE FUNCTION current_stores() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE
RETURN string_to_array(nullif(current_setting('app.store_id', true), ''), ',')::uuid[];

-- For the service's role and the owner, which brings in whole stores; one for everybody would let the new role in as well.
CREATE OR REPLACE PROCEDURE protect(target regclass) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ALTER COLUMN store_id SET DEFAULT current_store()', target);
  EXECUTE format('ALTER TABLE %s ALTER COLUMN store_id SET NOT NULL', target);
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
  EXECUTE format('CREATE POLICY own_store ON %s TO :app_role, CURRENT_USER USING (store_id = current_store()) WITH CHECK (store_id = current_store())', target);
END $$;
DO $$
DECLARE held regclass;
BEGIN
  FOR held IN SELECT polrelid::regclass FROM pg_policy WHERE polname = 'own_store' LOOP
    EXECUTE format('ALTER POLICY own_store ON %s TO :app_role, CURRENT_USER', held);
  END LOOP;
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO :across_role', current_database());
END $$;

-- `privileges`: what is done to this table across stores, no more. The stores are read once for a statement, not for a row.
CREATE PROCEDURE open_across(target regclass, privileges text) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('GRANT %s ON %s TO :across_role', privileges, target);
  EXECUTE format('CREATE POLICY stores_of_batch ON %s TO :across_role USING (store_id = ANY ((SELECT current_stores())::uuid[])) WITH CHECK (store_id = ANY ((SELECT current_stores())::uuid[]))', target);
END $$;

GRANT USAGE ON SCHEMA public TO :across_role;
GRANT INSERT ON outbox TO :across_role;
GRANT SELECT, INSERT ON inbox TO :across_role;
CALL open_across('idempotency_keys', 'SELECT, INSERT');
