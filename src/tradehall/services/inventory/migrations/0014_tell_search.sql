-- Search copies quantities; in installations that had some before it was there it has to hear of them once.
ALTER TABLE levels NO FORCE ROW LEVEL SECURITY;
INSERT INTO outbox (id, store_id, aggregatetype, aggregateid, type, payload)
SELECT gen_random_uuid(), store_id, 'inventory', store_id::text, 'StockToTell', json_build_object('event', 'StockToTell', 'timestamp', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))::text
FROM (SELECT DISTINCT store_id FROM levels) AS s;
ALTER TABLE levels FORCE ROW LEVEL SECURITY;
