-- Mails about accounts belong to no order; `about` tells them apart.
ALTER TABLE notifications
  ALTER COLUMN order_id DROP NOT NULL,
  DROP CONSTRAINT once_per_fact,
  ADD CONSTRAINT once_per_fact UNIQUE NULLS NOT DISTINCT (store_id, order_id, template, about),
  ADD CHECK (order_id IS NOT NULL OR about <> '');
