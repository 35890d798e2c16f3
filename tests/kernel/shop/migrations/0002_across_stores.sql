CALL open_across('notes', 'SELECT, INSERT, UPDATE');
CREATE TABLE secrets (store_id uuid PRIMARY KEY, secret text NOT NULL);
CALL protect('secrets');
