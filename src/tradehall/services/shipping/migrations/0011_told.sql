-- The mark of what the catalogue told last of a variant: told again, it is not written again.
ALTER TABLE variants ADD COLUMN told bigint;
