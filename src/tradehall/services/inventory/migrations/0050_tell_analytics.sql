-- Analytics copies warehouses; in installations that had some before it was there it has to hear of them once.
ALTER TABLE warehouses NO FORCE ROW LEVEL SECURITY;
INSERT INTO outbox (id, store_id, aggregatetype, aggregateid, type, payload)
SELECT gen_random_uuid(), store_id, 'inventory', store_id::text, 'WarehousesToTell', json_build_object('event', 'WarehousesToTell', 'timestamp', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))::text
FROM (SELECT DISTINCT store_id FROM warehouses) AS s;
ALTER TABLE warehouses FORCE ROW LEVEL SECURITY;
