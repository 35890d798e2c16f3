-- Quantities and orders of many stores: one transaction for what was sold of all of them.
CALL open_across('stock', 'SELECT, INSERT, UPDATE');
CALL open_across('ordered', 'SELECT, DELETE');
