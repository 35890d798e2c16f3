-- Placed, confirmed: one transaction for shipments of many stores.
CALL open_across('viewers', 'SELECT, INSERT');
CALL open_across('shipments', 'SELECT, INSERT');
CALL open_across('shipment_history', 'SELECT, INSERT');
