-- Quantities of many stores: one transaction for what was sold of all of them.
CALL open_across('products', 'SELECT, UPDATE');
CALL open_across('variants', 'SELECT, UPDATE');
