-- They begin with what they are for. Of a store that was opened since the statistics were made PostgreSQL believes that it
-- has one row: any index that begins with store_id seemed as good as this one, and a product was looked for by its slug
-- among all of its store's.
DROP INDEX products_by_slug, products_of_seller;
CREATE UNIQUE INDEX products_by_slug ON products (slug, store_id) WHERE deleted_at IS NULL;
CREATE INDEX products_of_seller ON products (seller_id, store_id, id) WHERE deleted_at IS NULL;
