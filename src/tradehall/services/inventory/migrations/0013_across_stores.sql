-- Held, deducted: one transaction for orders of many stores.
CALL open_across('variants', 'SELECT, UPDATE');
CALL open_across('warehouses', 'SELECT');
CALL open_across('measures', 'SELECT');
CALL open_across('levels', 'SELECT, UPDATE');
CALL open_across('movements', 'SELECT, INSERT');
CALL open_across('holds', 'SELECT, INSERT, UPDATE');
CALL open_across('backorders', 'SELECT, INSERT, UPDATE');
CALL open_across('ended_orders', 'SELECT');

-- Asked for with each batch of orders; few variants have it.
CREATE INDEX variants_backordered ON variants (id, store_id) WHERE backorder;
