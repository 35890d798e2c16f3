-- Copies of others: what is sold, by whom, from where.
CREATE TABLE products (
  store_id   uuid,
  id         uuid,
  seller_id  uuid NOT NULL,
  name       text NOT NULL,
  slug       text NOT NULL,
  categories text[] NOT NULL,
  PRIMARY KEY (store_id, id)
);
CALL protect('products');

CREATE TABLE variants (
  store_id   uuid,
  id         uuid,
  product_id uuid NOT NULL,
  seller_id  uuid NOT NULL,
  sku        text NOT NULL,
  title      text NOT NULL,
  price      bigint NOT NULL,
  told       bigint,
  PRIMARY KEY (store_id, id)
);
CALL protect('variants');
CREATE INDEX variants_of_product ON variants (product_id, store_id);
CREATE INDEX variants_by_sku ON variants (store_id, sku, id);

CREATE TABLE sellers (
  store_id uuid,
  id       uuid,
  name     text NOT NULL,
  PRIMARY KEY (store_id, id)
);
CALL protect('sellers');

CREATE TABLE warehouses (
  store_id uuid,
  id       uuid,
  code     text NOT NULL,
  name     text NOT NULL,
  PRIMARY KEY (store_id, id)
);
CALL protect('warehouses');

-- What the store decided; without a row, what a new store has. `margin`: percent of the price that are earned where no cost
-- is known.
CREATE TABLE settings (
  store_id uuid PRIMARY KEY,
  clicks   text NOT NULL CHECK (clicks IN ('off', 'counted', 'asked')),
  margin   int NOT NULL CHECK (margin BETWEEN 0 AND 100)
);
CALL protect('settings');

-- What one of a variant costs the store from a moment on, in minor units. A sale keeps the cost of its moment.
CREATE TABLE costs (
  store_id   uuid,
  variant_id uuid,
  valid_from timestamptz,
  unit       bigint NOT NULL CHECK (unit BETWEEN 0 AND 10000000000000),
  PRIMARY KEY (store_id, variant_id, valid_from)
);
CALL protect('costs');

-- A confirmed order. Of the buyer nothing is kept but the area.
CREATE TABLE sales (
  store_id uuid,
  id       uuid,
  number   text NOT NULL,
  at       timestamptz NOT NULL,
  currency char(3) NOT NULL,
  total    bigint NOT NULL,
  zip      text NOT NULL,
  region   text NOT NULL,
  country  text NOT NULL,
  PRIMARY KEY (store_id, id)
);
CALL protect('sales');

-- The book of sales: what was sold, and, with the sign turned, what of it was cancelled or came back. Rows are only added.
-- One without a line is what the order costs beside its goods: shipping. Figures of any question are sums of these rows.
CREATE TABLE entries (
  store_id   uuid,
  id         uuid DEFAULT gen_random_uuid(),
  order_id   uuid,
  line_id    uuid,
  kind       text NOT NULL CHECK (kind IN ('sold', 'cancelled', 'returned')),
  at         timestamptz NOT NULL,
  product_id uuid,
  variant_id uuid,
  seller_id  uuid,
  sku        text NOT NULL,
  title      text NOT NULL,
  categories text[] NOT NULL,
  quantity   int NOT NULL,
  amount     bigint NOT NULL,
  cost       bigint NOT NULL,
  estimated  boolean NOT NULL,
  PRIMARY KEY (store_id, order_id, id),
  FOREIGN KEY (store_id, order_id) REFERENCES sales (store_id, id),
  CHECK (num_nulls(line_id, product_id, variant_id, seller_id) IN (0, 4)),
  CHECK (line_id IS NOT NULL OR (quantity = 0 AND cost = 0)),
  CHECK (CASE kind WHEN 'sold' THEN quantity >= 0 AND cost >= 0 ELSE quantity <= 0 AND cost <= 0 END)
);
CALL protect('entries');
REVOKE UPDATE, DELETE, TRUNCATE ON entries FROM :app_role;
CREATE INDEX entries_by_time ON entries (store_id, at);

-- From which warehouse what left for an order.
CREATE TABLE takes (
  store_id     uuid,
  order_id     uuid,
  variant_id   uuid,
  warehouse_id uuid,
  quantity     int NOT NULL CHECK (quantity > 0),
  PRIMARY KEY (store_id, order_id, variant_id, warehouse_id)
);
CALL protect('takes');

-- A review that counts. `order_id` says from which area it comes.
CREATE TABLE ratings (
  store_id   uuid,
  id         uuid,
  product_id uuid NOT NULL,
  seller_id  uuid NOT NULL,
  order_id   uuid,
  rating     smallint NOT NULL CHECK (rating BETWEEN 1 AND 5),
  PRIMARY KEY (store_id, id)
);
CALL protect('ratings');

-- The click stream: a table for each day, made ahead and dropped when it is old. No key: nobody looks for one click.
CREATE TABLE clicks (
  store_id   uuid,
  at         timestamptz NOT NULL,
  kind       text NOT NULL CHECK (kind IN ('page', 'list', 'search', 'product', 'checkout', 'cart', 'click')),
  product_id uuid,
  seller_id  uuid,
  visitor    uuid,
  query      text,
  results    int,
  target     text
) PARTITION BY RANGE (at);
CALL protect('clicks');
CREATE INDEX clicks_by_time ON clicks (store_id, at);

-- What dashboards read of it. Hours and days are those of the store's clock; a product of nobody is the nil id.
CREATE TABLE click_hours (
  store_id   uuid,
  hour       timestamptz,
  kind       text,
  seller_id  uuid,
  product_id uuid,
  clicks     bigint NOT NULL CHECK (clicks > 0),
  PRIMARY KEY (store_id, hour, kind, seller_id, product_id)
);
CALL protect('click_hours');

CREATE TABLE visits (
  store_id uuid,
  day      date,
  visitor  uuid,
  last_at  timestamptz NOT NULL,
  PRIMARY KEY (store_id, day, visitor)
) PARTITION BY RANGE (day);
CALL protect('visits');

CREATE TABLE searches (
  store_id uuid,
  day      date,
  query    text,
  searches bigint NOT NULL CHECK (searches > 0),
  empty    bigint NOT NULL CHECK (empty BETWEEN 0 AND searches),
  PRIMARY KEY (store_id, day, query)
) PARTITION BY RANGE (day);
CALL protect('searches');

-- By the owner's rights, which nobody who serves requests has: tables of days to come, those from before yesterday on.
CREATE FUNCTION make_days(ahead int) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE day date; parent text; part text;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('days of clicks', 0));
  FOREACH parent IN ARRAY ARRAY['clicks', 'visits', 'searches'] LOOP
    FOR day IN SELECT generate_series(now() AT TIME ZONE 'UTC' - interval '2 days', now() AT TIME ZONE 'UTC' + make_interval(days => ahead), interval '1 day')::date LOOP
      part := parent || to_char(day, '_YYYYMMDD');
      CONTINUE WHEN to_regclass(part) IS NOT NULL;
      EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', part, parent, day::text || CASE parent WHEN 'clicks' THEN ' 00:00+00' ELSE '' END, (day + 1)::text || CASE parent WHEN 'clicks' THEN ' 00:00+00' ELSE '' END);
      EXECUTE format('CALL protect(%L)', part);
      EXECUTE format('REVOKE ALL ON %I FROM :app_role', part);
    END LOOP;
  END LOOP;
END $$;

-- Days that ended before `kept` days are dropped; how many tables that were.
CREATE FUNCTION drop_days(kept int) RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE part text; dropped int := 0;
BEGIN
  IF kept < 1 THEN RAISE 'at least a day is kept'; END IF;
  FOR part IN SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent
    WHERE c.relkind = 'r' AND p.relname IN ('clicks', 'visits', 'searches') AND c.relname ~ '_[0-9]{8}$'
      AND to_date(right(c.relname, 8), 'YYYYMMDD') < (now() AT TIME ZONE 'UTC')::date - kept LOOP
    EXECUTE format('DROP TABLE %I', part);
    dropped := dropped + 1;
  END LOOP;
  RETURN dropped;
END $$;
REVOKE EXECUTE ON FUNCTION make_days, drop_days FROM PUBLIC;
GRANT EXECUTE ON FUNCTION make_days, drop_days TO :app_role;
SELECT make_days(7);

-- Orders and clicks of many stores come at one moment.
CALL open_across('products', 'SELECT');
CALL open_across('settings', 'SELECT');
CALL open_across('costs', 'SELECT');
CALL open_across('sales', 'SELECT, INSERT');
CALL open_across('entries', 'SELECT, INSERT');
CALL open_across('takes', 'SELECT, INSERT, UPDATE');
CALL open_across('clicks', 'SELECT, INSERT');
CALL open_across('click_hours', 'SELECT, INSERT, UPDATE');
CALL open_across('visits', 'SELECT, INSERT, UPDATE');
CALL open_across('searches', 'SELECT, INSERT, UPDATE');
