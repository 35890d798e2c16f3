-- Whether more of a variant may be ordered than is available; from inventory, like what is available.
ALTER TABLE variants ADD COLUMN backorder boolean NOT NULL DEFAULT false;
