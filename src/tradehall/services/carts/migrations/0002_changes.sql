-- What a line remembers besides its price: the revision of the variant (title, options) that was seen, whether there
-- were fewer in stock than wanted, whether it is to be checked out. Rows from before have seen the first revision.
ALTER TABLE carts ADD COLUMN revisions int[], ADD COLUMN shorts boolean[], ADD COLUMN selected boolean[];
ALTER TABLE carts
  ALTER COLUMN revisions TYPE int[] USING array_fill(1, ARRAY[cardinality(variant_ids)]),
  ALTER COLUMN shorts TYPE boolean[] USING array_fill(false, ARRAY[cardinality(variant_ids)]),
  ALTER COLUMN selected TYPE boolean[] USING array_fill(true, ARRAY[cardinality(variant_ids)]);
ALTER TABLE carts
  ALTER COLUMN revisions SET NOT NULL, ALTER COLUMN shorts SET NOT NULL, ALTER COLUMN selected SET NOT NULL,
  ADD CONSTRAINT whole_lines CHECK (cardinality(variant_ids) = cardinality(revisions)
    AND cardinality(variant_ids) = cardinality(shorts) AND cardinality(variant_ids) = cardinality(selected));
-- Keys begin with what they are for.
ALTER TABLE carts DROP CONSTRAINT one_cart_per_account;
ALTER TABLE carts ADD CONSTRAINT one_cart_per_account UNIQUE (user_id, store_id);

ALTER TABLE variants ADD COLUMN revision int NOT NULL DEFAULT 1, ADD COLUMN unpublished boolean NOT NULL DEFAULT false;
DROP INDEX variants_of_product;
CREATE INDEX variants_of_product ON variants (product_id, store_id);

-- Titles and options that variants had before, for carts that remember them.
CREATE TABLE past_variants (
  store_id   uuid,
  variant_id uuid,
  revision   int,
  title      text NOT NULL,
  options    jsonb NOT NULL,
  PRIMARY KEY (store_id, variant_id, revision)
);
CALL protect('past_variants');
CREATE FUNCTION keep_past_variant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO past_variants (store_id, variant_id, revision, title, options)
  VALUES (OLD.store_id, OLD.id, OLD.revision, OLD.title, OLD.options);
  NEW.revision := OLD.revision + 1;
  RETURN NEW;
END $$;
CREATE TRIGGER keep_past BEFORE UPDATE ON variants
  FOR EACH ROW WHEN (OLD.title <> NEW.title OR OLD.options <> NEW.options) EXECUTE FUNCTION keep_past_variant();

-- What inventory says is available, for show; NULL: more may be ordered than there is. Of its own: it may be told before the
-- catalogue tells of the variant.
CREATE TABLE stock (
  store_id  uuid,
  id        uuid,
  available int CHECK (available >= 0),
  PRIMARY KEY (store_id, id)
);
CALL protect('stock');
