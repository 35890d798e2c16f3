-- Stores offers what can be paid; in installations that had accounts before it asked for them it has to hear of them once.
ALTER TABLE provider_accounts NO FORCE ROW LEVEL SECURITY;
ALTER TABLE bank_details NO FORCE ROW LEVEL SECURITY;
INSERT INTO outbox (id, store_id, aggregatetype, aggregateid, type, payload)
SELECT gen_random_uuid(), store_id, 'payments', store_id::text, 'accounts.updated', json_build_object('event', 'accounts.updated', 'timestamp', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'accounts', json_agg(name ORDER BY name))::text
FROM (
  SELECT store_id, provider AS name FROM provider_accounts
  UNION ALL SELECT store_id, 'bank-slip' FROM bank_details WHERE text <> '') AS had
WHERE store_id <> '00000000-0000-0000-0000-000000000000' GROUP BY store_id;
ALTER TABLE provider_accounts FORCE ROW LEVEL SECURITY;
ALTER TABLE bank_details FORCE ROW LEVEL SECURITY;
