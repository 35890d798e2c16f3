-- Shipping shows where goods are picked up; in installations that had warehouses before it has to hear of them once more.
ALTER TABLE warehouses NO FORCE ROW LEVEL SECURITY;
INSERT INTO outbox (id, store_id, aggregatetype, aggregateid, type, payload)
SELECT gen_random_uuid(), store_id, 'inventory', id::text, 'warehouse.updated', json_build_object('event', 'warehouse.updated', 'timestamp', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'warehouseId', id, 'code', code, 'name', name, 'address', address, 'active', active, 'priority', priority)::text
FROM warehouses;
ALTER TABLE warehouses FORCE ROW LEVEL SECURITY;
