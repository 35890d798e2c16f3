-- Whom a provider takes the money from, for those that want to know. It is gone once they have been told.
ALTER TABLE payments ADD COLUMN buyer jsonb;
