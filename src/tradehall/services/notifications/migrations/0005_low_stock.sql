-- Which account a seller's is, from identity.
CREATE TABLE seller_accounts (
  store_id  uuid,
  seller_id uuid,
  user_id   uuid NOT NULL,
  PRIMARY KEY (store_id, seller_id)
);
CALL protect('seller_accounts');

-- What became low and was not told of yet: gathered, so that a large order makes one mail and not a hundred.
CREATE TABLE low_stock (
  store_id   uuid,
  variant_id uuid,
  seller_id  uuid NOT NULL,
  sku        text NOT NULL,
  title      text NOT NULL,
  available  bigint NOT NULL,
  threshold  int NOT NULL,
  PRIMARY KEY (store_id, variant_id)
);
CALL protect('low_stock');
