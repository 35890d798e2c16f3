-- Analytics copies sellers; in installations that had some before it was there it has to hear of them once.
ALTER TABLE sellers NO FORCE ROW LEVEL SECURITY;
INSERT INTO outbox (id, store_id, aggregatetype, aggregateid, type, payload)
SELECT gen_random_uuid(), store_id, 'identity', store_id::text, 'SellersToTell', json_build_object('event', 'SellersToTell', 'timestamp', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))::text
FROM (SELECT DISTINCT store_id FROM sellers) AS s;
ALTER TABLE sellers FORCE ROW LEVEL SECURITY;
