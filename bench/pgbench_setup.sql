-- The store, two variants and a level each, for bench/pgbench.sql.
INSERT INTO orders.variants (store_id, id, product_id, seller_id, sku, title, price, currency, for_sale)
SELECT '00000000-0000-7000-8000-000000000001', ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid,
  gen_random_uuid(), '00000000-0000-7000-8000-00000000000a', 'SKU' || n, 'Thing ' || n, 1999, 'USD', true
FROM generate_series(1, 100) AS n;
INSERT INTO orders.rates VALUES ('00000000-0000-7000-8000-000000000001', '[{"code": "standard", "price": 0}]');
INSERT INTO inventory.warehouses (store_id, id, code, name, address)
VALUES ('00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-0000000000ff', 'main', 'Main', '{"zip": "10001"}');
INSERT INTO inventory.levels (store_id, variant_id, warehouse_id, product_id)
SELECT store_id, id, '00000000-0000-7000-8000-0000000000ff', product_id FROM orders.variants;
-- The trigger by which levels follow names its tables without a schema.
SET search_path = inventory, payments;
ALTER DATABASE tradehall_bench SET search_path = inventory, payments;
INSERT INTO movements (store_id, id, variant_id, warehouse_id, kind, on_hand_delta, reserved_delta, actor)
SELECT store_id, gen_random_uuid(), variant_id, warehouse_id, 'receive', 100000000, 0, 'bench' FROM levels;
