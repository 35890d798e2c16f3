-- Who has an account: where mail about an order goes when it names no address.
CREATE TABLE customers (
  store_id uuid,
  id       uuid,
  email    text NOT NULL,
  PRIMARY KEY (store_id, id)
);
CALL protect('customers');
