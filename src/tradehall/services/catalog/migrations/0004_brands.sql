-- A product names a brand; `key` is what makes two names the same one. `logo` is the key of a picture.
CREATE TABLE brands (
  store_id    uuid,
  id          uuid NOT NULL,
  slug        text NOT NULL CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) <= 100),
  name        text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  key         text NOT NULL GENERATED ALWAYS AS (lower(btrim(name))) STORED COLLATE "C",
  description text NOT NULL DEFAULT '' CHECK (length(description) <= 2000),
  logo        text,
  PRIMARY KEY (store_id, id),
  UNIQUE (slug, store_id),
  UNIQUE (key, store_id)
);
CALL protect('brands');

ALTER TABLE products ADD brand_id uuid;

-- Of all stores, hence not forced for these statements.
ALTER TABLE products NO FORCE ROW LEVEL SECURITY;
ALTER TABLE brands NO FORCE ROW LEVEL SECURITY;
INSERT INTO brands (store_id, id, slug, name)
SELECT store_id, gen_random_uuid(), CASE times WHEN 1 THEN slug ELSE slug || '-' || times END, name
FROM (
  SELECT store_id, name, slug, row_number() OVER (PARTITION BY store_id, slug ORDER BY name) AS times
  FROM (
    SELECT DISTINCT ON (store_id, lower(btrim(brand))) store_id, btrim(brand) AS name,
           coalesce(nullif(trim(BOTH '-' FROM left(regexp_replace(lower(brand), '[^a-z0-9]+', '-', 'g'), 80)), ''), 'brand')
             AS slug
    FROM products WHERE btrim(brand) <> '' AND deleted_at IS NULL ORDER BY store_id, lower(btrim(brand)), brand
  ) named
) numbered;
UPDATE products p SET brand_id = b.id FROM brands b
WHERE b.store_id = p.store_id AND b.key = lower(btrim(p.brand)) AND p.deleted_at IS NULL;
ALTER TABLE products FORCE ROW LEVEL SECURITY;
ALTER TABLE brands FORCE ROW LEVEL SECURITY;

ALTER TABLE products ADD FOREIGN KEY (store_id, brand_id) REFERENCES brands (store_id, id);
CREATE INDEX products_of_brand ON products (brand_id, store_id, id) WHERE deleted_at IS NULL;
