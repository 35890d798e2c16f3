-- The number that an account has proven; '' where it has none.
ALTER TABLE people ADD COLUMN phone text NOT NULL DEFAULT '' CHECK (length(phone) <= 20);
