-- What lists show of all variants, so that a product of 500 costs a list no more than one of two. `available` is the sum
-- of the variants', written with them; no index has it, so that its changes touch none.
ALTER TABLE products
  ADD max_price     bigint,
  ADD variant_count int,
  ADD available     bigint NOT NULL DEFAULT 0 CHECK (available >= 0),
  SET (fillfactor = 85);

-- Copies of products.tags, for filters.
CREATE TABLE product_tags (
  store_id   uuid,
  product_id uuid NOT NULL,
  tag        text NOT NULL COLLATE "C" CHECK (length(tag) BETWEEN 1 AND 100),
  PRIMARY KEY (store_id, product_id, tag),
  FOREIGN KEY (store_id, product_id) REFERENCES products (store_id, id)
);
CALL protect('product_tags');
CREATE INDEX product_tags_by_tag ON product_tags (tag, store_id, product_id);

-- Of all stores, hence not forced for these statements.
ALTER TABLE products NO FORCE ROW LEVEL SECURITY;
ALTER TABLE variants NO FORCE ROW LEVEL SECURITY;
ALTER TABLE product_tags NO FORCE ROW LEVEL SECURITY;
UPDATE products p SET max_price = coalesce(v.max_price, p.min_price), variant_count = coalesce(v.count, 0),
                      available = coalesce(v.available, 0)
FROM products same LEFT JOIN (
  SELECT store_id, product_id, max(price) AS max_price, count(*) AS count, sum(available) AS available
  FROM variants GROUP BY store_id, product_id
) v ON v.store_id = same.store_id AND v.product_id = same.id
WHERE p.store_id = same.store_id AND p.id = same.id;
INSERT INTO product_tags (store_id, product_id, tag)
SELECT DISTINCT store_id, id, tag FROM products, unnest(tags) AS tag WHERE deleted_at IS NULL;
ALTER TABLE products FORCE ROW LEVEL SECURITY;
ALTER TABLE variants FORCE ROW LEVEL SECURITY;
ALTER TABLE product_tags FORCE ROW LEVEL SECURITY;

ALTER TABLE products ALTER max_price SET NOT NULL, ALTER variant_count SET NOT NULL,
  ADD CHECK (max_price >= min_price), ADD CHECK (variant_count >= 0);

-- Chosen by hand, in the order of display.
CREATE TABLE related_products (
  store_id   uuid,
  product_id uuid NOT NULL,
  position   int NOT NULL,
  other_id   uuid NOT NULL CHECK (other_id <> product_id),
  PRIMARY KEY (store_id, product_id, position),
  UNIQUE (product_id, other_id, store_id),
  FOREIGN KEY (store_id, product_id) REFERENCES products (store_id, id),
  FOREIGN KEY (store_id, other_id) REFERENCES products (store_id, id)
);
CALL protect('related_products');

-- The addresses that products had; each leads to the product itself, so that no chain comes about.
CREATE TABLE product_redirects (
  store_id   uuid,
  slug       text NOT NULL,
  product_id uuid NOT NULL,
  PRIMARY KEY (store_id, slug),
  FOREIGN KEY (store_id, product_id) REFERENCES products (store_id, id)
);
CALL protect('product_redirects');
CREATE INDEX product_redirects_of ON product_redirects (product_id, store_id);
