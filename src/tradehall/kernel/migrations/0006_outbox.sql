-- Events are read once, a moment after they were written: packing large ones costs more than their bytes do.
ALTER TABLE outbox ALTER payload SET STORAGE EXTERNAL, ALTER headers SET STORAGE EXTERNAL;
ALTER TABLE outbox SET (toast_tuple_target = 8160);
