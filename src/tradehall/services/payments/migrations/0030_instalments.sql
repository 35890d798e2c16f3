-- In how many the buyer pays it at the provider; to us it is one amount.
ALTER TABLE payments ADD COLUMN instalments int NOT NULL DEFAULT 1 CHECK (instalments BETWEEN 1 AND 24);
