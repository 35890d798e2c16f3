-- Placed, confirmed: one transaction for mails of many stores.
CALL open_across('orders', 'SELECT, INSERT');
CALL open_across('notifications', 'SELECT, INSERT');
