-- The store, two variants and a level each, for bench/pgbench.sql.
INSERT INTO orders.variants (store_id, id, product_id, seller_id, sku, title, price, currency, for_sale)
SELECT '00000000-0000-7000-8000-000000000001', ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid,
  gen_random_uuid(), '00000000-0000-7000-8000-00000000000a', 'SKU' || n, 'Thing ' || n, 1999, 'USD', true
FROM generate_series(1, 100) AS n;
INSERT INTO orders.rates VALUES ('00000000-0000-7000-8000-000000000001', '[{"code": "standard", "price": 0}]');
INSERT INTO inventory.warehouses (store_id, id, code, name, address)
VALUES ('00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-0000000000ff', 'main', 'Main', '{"zip": "10001"}');
INSERT INTO inventory.levels (store_id, variant_id, warehouse_id, product_id, on_hand)
SELECT store_id, id, '00000000-0000-7000-8000-0000000000ff', product_id, 100000000 FROM orders.variants;
