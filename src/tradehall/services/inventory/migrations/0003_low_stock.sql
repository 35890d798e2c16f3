-- At so many, or fewer, available over all warehouses a variant is low.
ALTER TABLE variants ADD COLUMN threshold int NOT NULL DEFAULT 10 CHECK (threshold BETWEEN 0 AND 1000000);
