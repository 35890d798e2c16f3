-- What the way to pay takes off the goods, or what paying in instalments puts on the total; of each line, its share.
ALTER TABLE orders
  ADD COLUMN discount bigint NOT NULL DEFAULT 0,
  ADD COLUMN interest bigint NOT NULL DEFAULT 0,
  ADD COLUMN instalments int NOT NULL DEFAULT 1 CHECK (instalments BETWEEN 1 AND 24),
  DROP CONSTRAINT total_adds_up,
  ADD CONSTRAINT total_adds_up CHECK (total = subtotal - discount + shipping_price + interest),
  ADD CONSTRAINT discount_at_most_the_goods CHECK (discount BETWEEN 0 AND subtotal),
  ADD CONSTRAINT interest_on_instalments CHECK (interest = 0 OR (interest > 0 AND instalments > 1));
ALTER TABLE order_lines
  ADD COLUMN adjustment bigint NOT NULL DEFAULT 0,
  ADD CONSTRAINT never_below_nothing CHECK (unit_price * quantity + adjustment >= 0);
