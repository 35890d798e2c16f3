-- What a movement refers to outside: a delivery note, a ticket.
ALTER TABLE movements ADD COLUMN reference text NOT NULL DEFAULT '' CHECK (length(reference) <= 100);
-- Movements that people made, of whom an order's are none.
CREATE INDEX movements_of_actor ON movements (actor, store_id, id DESC) WHERE order_id IS NULL;
CREATE INDEX variants_of_sku ON variants (sku, store_id);
