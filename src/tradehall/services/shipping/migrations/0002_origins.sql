-- Where goods leave from, and which of the warehouses comes first. One that is closed is no origin.
ALTER TABLE origins ADD COLUMN country char(2) NOT NULL DEFAULT 'US';
ALTER TABLE origins ADD COLUMN priority int NOT NULL DEFAULT 0;
