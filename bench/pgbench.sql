-- The statements of one order of two lines, from POST to CONFIRMED and its stock deducted, one by one and without
-- row-level security: what this PostgreSQL could do if nothing else cost anything.
\set a random(1, 50)
\set b random(51, 100)
SELECT gen_random_uuid() AS o, gen_random_uuid() AS p, gen_random_uuid() AS pay,
  ('00000000-0000-7000-8000-' || lpad((:a)::text, 12, '0')) AS va,
  ('00000000-0000-7000-8000-' || lpad((:b)::text, 12, '0')) AS vb \gset
-- orders: create
BEGIN;
INSERT INTO orders.idempotency_keys (store_id, actor, key, fingerprint) VALUES ('00000000-0000-7000-8000-000000000001', 'guest', :o::text, md5(:o::text));
SELECT v.id, v.price, v.title, r.rates FROM orders.variants v LEFT JOIN orders.rates r ON r.store_id = v.store_id WHERE v.store_id = '00000000-0000-7000-8000-000000000001' AND v.id IN (:va::uuid, :vb::uuid);
WITH o AS (INSERT INTO orders.orders (store_id, id, number, email, name, status, currency, subtotal, shipping_code, shipping_price, total, address, payment_method, expires_at) VALUES ('00000000-0000-7000-8000-000000000001', :o::uuid, left(:o::text, 9) || right(:o::text, 6), 'bench@example.com', 'Bench', 'PENDING', 'USD', 3998, 'standard', 0, 3998, '{"zip": "10001", "city": "New York", "line1": "1 Street"}', 'card-simulated', now() + interval '10 min')), p AS (INSERT INTO orders.parcels (store_id, id, order_id, seller_id) VALUES ('00000000-0000-7000-8000-000000000001', :p::uuid, :o::uuid, '00000000-0000-7000-8000-00000000000a')), l AS (INSERT INTO orders.order_lines (store_id, order_id, id, product_id, variant_id, seller_id, sku, title, quantity, unit_price, weight_g) SELECT '00000000-0000-7000-8000-000000000001', :o::uuid, gen_random_uuid(), gen_random_uuid(), v, '00000000-0000-7000-8000-00000000000a', 'SKU', 'Thing', 1, 1999, 0 FROM unnest(ARRAY[:va::uuid, :vb::uuid]) AS v) INSERT INTO orders.order_history (store_id, order_id, id, status, actor) VALUES ('00000000-0000-7000-8000-000000000001', :o::uuid, gen_random_uuid(), 'PENDING', 'guest');
UPDATE orders.idempotency_keys SET status = 201, body = repeat('x', 1500) WHERE store_id = '00000000-0000-7000-8000-000000000001' AND actor = 'guest' AND key = :o::text;
INSERT INTO orders.outbox (id, store_id, aggregatetype, aggregateid, type, payload, available_at) SELECT gen_random_uuid(), '00000000-0000-7000-8000-000000000001', 'orders', :o::text, t, repeat('x', 900), a FROM (VALUES ('OrderPlaced', '-infinity'::timestamptz), ('OrderCreated', '-infinity'), ('OrderExpiryDue', now() + interval '10 min')) AS e(t, a);
COMMIT;
DELETE FROM orders.outbox WHERE aggregateid = :o::text AND available_at = '-infinity';
-- inventory: hold; payments: note
BEGIN;
INSERT INTO inventory.inbox (event_id) VALUES (gen_random_uuid());
SELECT on_hand, reserved FROM inventory.levels WHERE store_id = '00000000-0000-7000-8000-000000000001' AND variant_id IN (:va::uuid, :vb::uuid) ORDER BY variant_id FOR UPDATE;
INSERT INTO inventory.holds (store_id, order_id, variant_id, warehouse_id, product_id, quantity) SELECT '00000000-0000-7000-8000-000000000001', :o::uuid, v, '00000000-0000-7000-8000-0000000000ff', v, 1 FROM unnest(ARRAY[:va::uuid, :vb::uuid]) AS v;
INSERT INTO inventory.movements (store_id, id, variant_id, warehouse_id, kind, on_hand_delta, reserved_delta, order_id, actor) SELECT '00000000-0000-7000-8000-000000000001', gen_random_uuid(), v, '00000000-0000-7000-8000-0000000000ff', 'hold', 0, 1, :o::uuid, 'orders' FROM unnest(ARRAY[:va::uuid, :vb::uuid]) AS v;
INSERT INTO inventory.outbox (id, aggregatetype, aggregateid, type, payload) SELECT gen_random_uuid(), 'inventory', :o::text, t, repeat('x', 300) FROM unnest(ARRAY['InventoryReserved', 'HoldExpiryDue', 'product.quantity_updated', 'product.quantity_updated']) AS t;
COMMIT;
DELETE FROM inventory.outbox WHERE aggregateid = :o::text;
BEGIN;
INSERT INTO payments.inbox (event_id) VALUES (gen_random_uuid());
INSERT INTO payments.payments (store_id, id, order_id, link, method, token, status, amount, currency, expires_at) VALUES ('00000000-0000-7000-8000-000000000001', :pay::uuid, :o::uuid, md5(:o::text), 'card-simulated', 'tok_ok', 'awaiting', 3998, 'USD', now() + interval '10 min');
COMMIT;
-- orders: validate
BEGIN;
INSERT INTO orders.inbox (event_id) VALUES (gen_random_uuid());
UPDATE orders.orders SET stock_held = true WHERE store_id = '00000000-0000-7000-8000-000000000001' AND id = :o::uuid AND status = 'PENDING';
INSERT INTO orders.outbox (id, aggregatetype, aggregateid, type, payload) VALUES (gen_random_uuid(), 'orders', :o::text, 'OrderValidated', repeat('x', 150));
COMMIT;
DELETE FROM orders.outbox WHERE aggregateid = :o::text AND available_at = '-infinity';
-- payments: start, charge, record
BEGIN;
INSERT INTO payments.inbox (event_id) VALUES (gen_random_uuid());
SELECT * FROM payments.payments WHERE store_id = '00000000-0000-7000-8000-000000000001' AND order_id = :o::uuid FOR UPDATE;
UPDATE payments.payments SET status = 'charging' WHERE store_id = '00000000-0000-7000-8000-000000000001' AND id = :pay::uuid;
INSERT INTO payments.outbox (id, aggregatetype, aggregateid, type, payload) VALUES (gen_random_uuid(), 'payments', :o::text, 'ChargeDue', repeat('x', 100));
COMMIT;
DELETE FROM payments.outbox WHERE aggregateid = :o::text;
INSERT INTO payments.simulated_charges (store_id, key, amount, currency, outcome) VALUES ('00000000-0000-7000-8000-000000000001', :pay::uuid, 3998, 'USD', 'succeeded');
BEGIN;
INSERT INTO payments.provider_events (store_id, provider, event_id, payment_id, outcome) VALUES ('00000000-0000-7000-8000-000000000001', 'card-simulated', :pay::text, :pay::uuid, 'succeeded');
SELECT * FROM payments.payments WHERE store_id = '00000000-0000-7000-8000-000000000001' AND id = :pay::uuid FOR UPDATE;
UPDATE payments.payments SET status = 'paid', captured = amount WHERE store_id = '00000000-0000-7000-8000-000000000001' AND id = :pay::uuid;
INSERT INTO payments.outbox (id, aggregatetype, aggregateid, type, payload) SELECT gen_random_uuid(), 'payments', :o::text, t, repeat('x', 200) FROM unnest(ARRAY['payment.updated', 'PaymentProcessed']) AS t;
COMMIT;
DELETE FROM payments.outbox WHERE aggregateid = :o::text;
-- orders: confirm
BEGIN;
INSERT INTO orders.inbox (event_id) VALUES (gen_random_uuid()), (gen_random_uuid());
SELECT * FROM orders.orders WHERE store_id = '00000000-0000-7000-8000-000000000001' AND id = :o::uuid FOR UPDATE;
UPDATE orders.orders SET status = 'CONFIRMED', payment_status = 'paid', updated_at = now() WHERE store_id = '00000000-0000-7000-8000-000000000001' AND id = :o::uuid;
INSERT INTO orders.order_history (store_id, order_id, id, status, actor) VALUES ('00000000-0000-7000-8000-000000000001', :o::uuid, gen_random_uuid(), 'CONFIRMED', 'payments');
SELECT * FROM orders.order_lines WHERE store_id = '00000000-0000-7000-8000-000000000001' AND order_id = :o::uuid;
SELECT * FROM orders.parcels WHERE store_id = '00000000-0000-7000-8000-000000000001' AND order_id = :o::uuid;
INSERT INTO orders.outbox (id, aggregatetype, aggregateid, type, payload) SELECT gen_random_uuid(), 'orders', :o::text, t, repeat('x', 900) FROM unnest(ARRAY['OrderConfirmed', 'sale.created']) AS t;
COMMIT;
DELETE FROM orders.outbox WHERE aggregateid = :o::text AND available_at = '-infinity';
-- inventory: deduct
BEGIN;
INSERT INTO inventory.inbox (event_id) VALUES (gen_random_uuid());
UPDATE inventory.holds SET state = 'deducted' WHERE store_id = '00000000-0000-7000-8000-000000000001' AND order_id = :o::uuid AND state = 'held';
INSERT INTO inventory.movements (store_id, id, variant_id, warehouse_id, kind, on_hand_delta, reserved_delta, order_id, actor) SELECT '00000000-0000-7000-8000-000000000001', gen_random_uuid(), v, '00000000-0000-7000-8000-0000000000ff', 'deduct', -1, -1, :o::uuid, 'orders' FROM unnest(ARRAY[:va::uuid, :vb::uuid]) AS v;
COMMIT;
