-- What a suspended seller sells is out of sight: published products become drafts that are `held_back`, and are published again
-- when the seller may go on. Nobody publishes them meanwhile, whichever way.
ALTER TABLE sellers ADD COLUMN suspended boolean NOT NULL DEFAULT false;
ALTER TABLE products
  ADD COLUMN held_back boolean NOT NULL DEFAULT false,
  ADD CONSTRAINT held_back_is_a_draft CHECK (NOT held_back OR status = 'draft');
CREATE INDEX products_held_back ON products (seller_id, store_id) WHERE held_back;

CREATE FUNCTION keep_suspended_out_of_sight() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM sellers s WHERE s.id = NEW.seller_id AND s.store_id = NEW.store_id AND s.suspended) THEN
    RAISE EXCEPTION 'the seller is suspended' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER suspended_sell_nothing BEFORE INSERT OR UPDATE OF status ON products
  FOR EACH ROW WHEN (NEW.status = 'published' AND NEW.deleted_at IS NULL) EXECUTE FUNCTION keep_suspended_out_of_sight();
