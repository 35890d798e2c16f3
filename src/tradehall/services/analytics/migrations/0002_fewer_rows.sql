-- Dashboards read rows by the hour and by the product: in one table there are as many as both multiplied.
ALTER TABLE click_hours NO FORCE ROW LEVEL SECURITY;
ALTER TABLE click_hours RENAME TO click_hours_before;

-- Hours and days are those of the store's clock; what is no product's has the nil id for a seller.
CREATE TABLE click_hours (
  store_id  uuid,
  hour      timestamptz,
  kind      text,
  seller_id uuid,
  clicks    bigint NOT NULL CHECK (clicks > 0),
  PRIMARY KEY (store_id, hour, kind, seller_id)
);
INSERT INTO click_hours SELECT store_id, hour, kind, seller_id, sum(clicks) FROM click_hours_before GROUP BY 1, 2, 3, 4;
CALL protect('click_hours');
CALL open_across('click_hours', 'SELECT, INSERT, UPDATE');

-- How often a product was looked at on a day. Of what was counted before, the day is that of UTC: stores' clocks are not known here.
CREATE TABLE click_products (
  store_id   uuid,
  day        date,
  product_id uuid,
  seller_id  uuid NOT NULL,
  clicks     bigint NOT NULL CHECK (clicks > 0),
  PRIMARY KEY (store_id, day, product_id, seller_id)
);
INSERT INTO click_products
SELECT store_id, (hour AT TIME ZONE 'UTC')::date, product_id, seller_id, sum(clicks) FROM click_hours_before
WHERE kind = 'product' AND product_id <> '00000000-0000-0000-0000-000000000000' GROUP BY 1, 2, 3, 4;
CALL protect('click_products');
CALL open_across('click_products', 'SELECT, INSERT, UPDATE');

DROP TABLE click_hours_before;
