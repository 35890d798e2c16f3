-- These are read whole for each search: which store it is must be asked once for the statement, not for each row.
ALTER POLICY own_store ON entries USING (store_id = (SELECT current_store())) WITH CHECK (store_id = (SELECT current_store()));
ALTER POLICY own_store ON vectors USING (store_id = (SELECT current_store())) WITH CHECK (store_id = (SELECT current_store()));
