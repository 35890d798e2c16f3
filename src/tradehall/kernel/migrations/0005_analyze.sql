-- Statistics made anew as soon as much has come that they do not know; only a table's owner may.
CREATE FUNCTION analyze_tables(names text[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY names LOOP
    EXECUTE format('ANALYZE %I', name);
  END LOOP;
END $$;
REVOKE EXECUTE ON FUNCTION analyze_tables FROM PUBLIC;
GRANT EXECUTE ON FUNCTION analyze_tables TO :app_role;
