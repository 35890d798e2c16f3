-- A price is in the store's currency, so that stays once there is a product. Stores that are here already may have some.
ALTER TABLE stores ADD COLUMN currency_fixed boolean NOT NULL DEFAULT false;
UPDATE stores SET currency_fixed = true;
ALTER TABLE stores ADD CONSTRAINT known_status
  CHECK (coalesce(settings ->> 'status', 'active') IN ('active', 'grace', 'suspended', 'closed'));

-- Claims to own domains. Several stores may claim one; whose it is says the row in hosts, which has one store per host.
-- `token` stands in the DNS where the claim is right.
CREATE TABLE domains (
  store_id   uuid REFERENCES stores (id),
  host       text CHECK (host = lower(host) AND length(host) BETWEEN 3 AND 240),
  token      text NOT NULL CHECK (length(token) >= 32),
  proved_at  timestamptz,
  checked_at timestamptz,
  lost_at    timestamptz,
  next_check_at timestamptz,
  found      text[] NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (store_id, host),
  CHECK (lost_at IS NULL OR proved_at IS NOT NULL),
  CHECK (proved_at IS NULL OR checked_at IS NOT NULL)
);
CALL protect('domains');
