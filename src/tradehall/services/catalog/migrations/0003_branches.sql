-- Every category with each of those above it, and with itself at distance 0: what is below a category, and above it, is
-- found without walking. With ten levels at most, a tree of 5 000 has 50 000 rows at most.
CREATE TABLE branches (
  store_id uuid,
  top      text NOT NULL,
  category text NOT NULL,
  distance int NOT NULL CHECK (distance BETWEEN 0 AND 9),
  PRIMARY KEY (store_id, category, top),
  FOREIGN KEY (store_id, top) REFERENCES categories (store_id, slug) ON UPDATE CASCADE ON DELETE CASCADE,
  FOREIGN KEY (store_id, category) REFERENCES categories (store_id, slug) ON UPDATE CASCADE ON DELETE CASCADE
);
CALL protect('branches');
CREATE INDEX branches_of_top ON branches (top, store_id, category);

-- Of all stores, hence not forced for these statements.
ALTER TABLE categories NO FORCE ROW LEVEL SECURITY;
ALTER TABLE branches NO FORCE ROW LEVEL SECURITY;
INSERT INTO branches (store_id, top, category, distance)
WITH RECURSIVE up AS (
  SELECT store_id, slug AS top, slug AS category, 0 AS distance, parent FROM categories
  UNION ALL
  SELECT up.store_id, c.slug, up.category, up.distance + 1, c.parent
  FROM up JOIN categories c ON c.store_id = up.store_id AND c.slug = up.parent
)
SELECT store_id, top, category, distance FROM up;
ALTER TABLE categories FORCE ROW LEVEL SECURITY;
ALTER TABLE branches FORCE ROW LEVEL SECURITY;

-- A category may get another slug; what names it follows.
ALTER TABLE categories DROP CONSTRAINT categories_store_id_parent_fkey,
  ADD FOREIGN KEY (store_id, parent) REFERENCES categories (store_id, slug) ON UPDATE CASCADE;
ALTER TABLE products DROP CONSTRAINT products_store_id_category_fkey,
  ADD FOREIGN KEY (store_id, category) REFERENCES categories (store_id, slug) ON UPDATE CASCADE;

-- The addresses that categories had; each leads to the category itself, so that no chain comes about.
CREATE TABLE category_redirects (
  store_id uuid,
  slug     text NOT NULL,
  category text NOT NULL CHECK (category <> slug),
  PRIMARY KEY (store_id, slug),
  FOREIGN KEY (store_id, category) REFERENCES categories (store_id, slug) ON UPDATE CASCADE ON DELETE CASCADE
);
CALL protect('category_redirects');
CREATE INDEX category_redirects_of ON category_redirects (category, store_id);
