-- Placed, validated, paid: one transaction for orders of many stores.
CALL open_across('variants', 'SELECT');
CALL open_across('rates', 'SELECT');
CALL open_across('customers', 'SELECT');
CALL open_across('orders', 'SELECT, INSERT, UPDATE');
CALL open_across('parcels', 'SELECT, INSERT');
CALL open_across('order_lines', 'SELECT, INSERT');
CALL open_across('order_history', 'SELECT, INSERT');
