-- Shipping weighs what it prices; in installations that had products before it has to hear of them once more.
ALTER TABLE products NO FORCE ROW LEVEL SECURITY;
INSERT INTO outbox (id, store_id, aggregatetype, aggregateid, type, payload)
SELECT gen_random_uuid(), store_id, 'catalog', store_id::text, 'ProductsToTell', json_build_object('event', 'ProductsToTell', 'timestamp', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'productIds', ids, 'asIs', true)::text
FROM (
  SELECT store_id, json_agg(id) AS ids FROM (
    SELECT store_id, id, row_number() OVER (PARTITION BY store_id ORDER BY id) / 100 AS chunk
    FROM products WHERE deleted_at IS NULL) AS p
  GROUP BY store_id, chunk) AS s;
ALTER TABLE products FORCE ROW LEVEL SECURITY;
