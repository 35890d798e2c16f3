-- Of a variant with `backorder` orders may take more than there is, up to so many owed at a time where there is a limit.
ALTER TABLE variants
  ADD COLUMN backorder       boolean NOT NULL DEFAULT false,
  ADD COLUMN backorder_limit int CHECK (backorder_limit BETWEEN 0 AND 1000000),
  ADD CHECK (backorder OR backorder_limit IS NULL);

-- What an order waits for: an order has one line of a variant. `seq` says who came first. Where the goods are to go (zip,
-- country) decides which warehouse fills it. Once the order is confirmed, what comes in leaves for it at once.
CREATE TABLE backorders (
  store_id   uuid,
  order_id   uuid,
  variant_id uuid,
  seq        uuid NOT NULL,
  product_id uuid NOT NULL,
  quantity   int NOT NULL CHECK (quantity > 0),
  filled     int NOT NULL DEFAULT 0 CHECK (filled BETWEEN 0 AND quantity),
  state      text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'filled', 'cancelled', 'expired')),
  confirmed  boolean NOT NULL DEFAULT false,
  expires_at timestamptz,
  zip        text NOT NULL,
  country    char(2) NOT NULL,
  at         timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (store_id, order_id, variant_id),
  CHECK (state <> 'waiting' OR filled < quantity),
  CHECK (state <> 'filled' OR filled = quantity)
);
CALL protect('backorders');
CREATE INDEX backorders_waiting ON backorders (variant_id, store_id, seq) WHERE state = 'waiting';

-- Expired, unlike released: should the order be confirmed all the same, it gets its stock again.
ALTER TABLE holds DROP CONSTRAINT holds_state_check;
ALTER TABLE holds ADD CONSTRAINT holds_state_check CHECK (state IN ('held', 'deducted', 'released', 'expired'));

-- Orders that had ended before anything was held for them, so that nothing will be.
CREATE TABLE ended_orders (
  store_id uuid,
  order_id uuid,
  PRIMARY KEY (store_id, order_id)
);
CALL protect('ended_orders');
