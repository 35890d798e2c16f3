-- The ids of an order and its parcels come from the moment it was made: what is found by them is written at the end of the index,
-- whichever stores are busy.
ALTER TABLE shipment_history DROP CONSTRAINT shipment_history_store_id_shipment_id_fkey;
ALTER TABLE bookings DROP CONSTRAINT bookings_store_id_shipment_id_fkey;
ALTER TABLE shipments DROP CONSTRAINT shipments_pkey, ADD PRIMARY KEY (id, store_id);
DROP INDEX shipments_of_order;
CREATE INDEX shipments_of_order ON shipments (order_id, store_id);
ALTER TABLE shipment_history
  DROP CONSTRAINT shipment_history_pkey, ADD PRIMARY KEY (shipment_id, id, store_id),
  ADD FOREIGN KEY (shipment_id, store_id) REFERENCES shipments (id, store_id);
ALTER TABLE bookings ADD FOREIGN KEY (shipment_id, store_id) REFERENCES shipments (id, store_id);
ALTER TABLE viewers DROP CONSTRAINT viewers_pkey, ADD PRIMARY KEY (order_id, store_id);

ALTER TABLE shipments ALTER COLUMN lines SET STATISTICS 0, ALTER COLUMN address SET STATISTICS 0;
