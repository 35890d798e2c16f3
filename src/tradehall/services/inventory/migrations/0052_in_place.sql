-- What is held for an order leaves within a moment: room for that on its page.
ALTER TABLE holds SET (fillfactor = 50);
