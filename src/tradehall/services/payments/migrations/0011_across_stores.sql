-- Noted, asked for, charged, paid: one transaction for payments of many stores.
CALL open_across('payments', 'SELECT, INSERT, UPDATE');
CALL open_across('provider_events', 'SELECT, INSERT');
CALL open_across('simulated_charges', 'SELECT, INSERT, UPDATE');
