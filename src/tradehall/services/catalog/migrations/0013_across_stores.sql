-- Quantities of many stores: one transaction for what was sold of all of them.
CALL open_across('products', 'SELECT, UPDATE');
CALL open_across('variants', 'SELECT, UPDATE');

-- A product's quantity changes with every sale. Where its page has room, its dozen indexes need not hear of that.
ALTER TABLE products SET (fillfactor = 85);
