-- An order changes three times within a moment: room for that on its page.
ALTER TABLE orders SET (fillfactor = 55);
