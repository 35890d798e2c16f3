-- What carts need of the catalogue, from its events. A product that is gone stays here, not for sale.
CREATE TABLE variants (
  store_id   uuid,
  id         uuid,
  product_id uuid NOT NULL,
  seller_id  uuid NOT NULL,
  slug       text NOT NULL,
  sku        text NOT NULL,
  title      text NOT NULL,
  options    jsonb NOT NULL,
  price      bigint NOT NULL CHECK (price >= 0),
  currency   char(3) NOT NULL,
  image      text,
  for_sale   boolean NOT NULL,
  PRIMARY KEY (store_id, id)
);
CALL protect('variants');
CREATE INDEX variants_of_product ON variants (store_id, product_id);

-- Lines as parallel arrays: a cart is read and written whole, by compare-and-set on its version.
CREATE TABLE carts (
  store_id    uuid,
  id          uuid,
  user_id     uuid,
  version     int NOT NULL CHECK (version > 0),
  variant_ids uuid[] NOT NULL,
  quantities  int[] NOT NULL CHECK (1 <= ALL (quantities) AND 999 >= ALL (quantities)),
  prices      bigint[] NOT NULL,
  updated_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (store_id, id),
  CONSTRAINT one_cart_per_account UNIQUE (store_id, user_id),
  CHECK (cardinality(variant_ids) = cardinality(quantities) AND cardinality(variant_ids) = cardinality(prices)),
  CHECK (cardinality(variant_ids) <= 200)
) WITH (fillfactor = 70);
CALL protect('carts');
