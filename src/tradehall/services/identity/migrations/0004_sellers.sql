-- Sellers apply and are approved, or are suspended: what they sell is out of sight then, while their open orders go on.
ALTER TABLE sellers
  ADD COLUMN status     text NOT NULL DEFAULT 'active' CHECK (status IN ('applied', 'active', 'refused', 'suspended')),
  ADD COLUMN note       text NOT NULL DEFAULT '' CHECK (length(note) <= 1000),
  ADD COLUMN told       boolean NOT NULL DEFAULT true,
  ADD COLUMN decided_at timestamptz;
COMMENT ON COLUMN sellers.told IS 'whether other services have heard of the seller';
ALTER TABLE sellers ALTER COLUMN status DROP DEFAULT, ALTER COLUMN told DROP DEFAULT;
CREATE INDEX sellers_by_status ON sellers (status, store_id, id);
