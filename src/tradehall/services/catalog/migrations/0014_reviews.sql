-- rating_average and rating_count are what is shown: of what a product was imported with (its base), and of the reviews that
-- are written here. `stars`, five counts from one star up, are those of the reviews; `stars_version` is the reviews service's.
ALTER TABLE products
  ADD base_average  numeric(3, 2) CHECK (base_average BETWEEN 1 AND 5),
  ADD base_count    int NOT NULL DEFAULT 0 CHECK (base_count >= 0),
  ADD stars         int[] NOT NULL DEFAULT '{0,0,0,0,0}' CHECK (array_length(stars, 1) = 5 AND 0 <= ALL (stars)),
  ADD stars_version bigint NOT NULL DEFAULT 0,
  ADD CHECK ((base_average IS NULL) = (base_count = 0));

-- Of all stores, hence not forced for this statement.
ALTER TABLE products NO FORCE ROW LEVEL SECURITY;
UPDATE products SET base_average = rating_average, base_count = rating_count WHERE rating_count > 0;
ALTER TABLE products FORCE ROW LEVEL SECURITY;
