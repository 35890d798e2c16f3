-- A count of a warehouse, or of a seller's goods in it: begun, counted line by line, then booked whole or dropped.
CREATE TABLE count_sheets (
  store_id     uuid,
  id           uuid,
  warehouse_id uuid NOT NULL,
  seller_id    uuid,
  note         text NOT NULL DEFAULT '',
  state        text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'booked', 'dropped')),
  started_by   uuid NOT NULL,
  started_at   timestamptz NOT NULL DEFAULT now(),
  ended_by     uuid,
  ended_at     timestamptz,
  PRIMARY KEY (store_id, id),
  FOREIGN KEY (store_id, warehouse_id) REFERENCES warehouses (store_id, id),
  CHECK ((state = 'open') = (ended_at IS NULL)),
  CHECK ((ended_at IS NULL) = (ended_by IS NULL))
);
CALL protect('count_sheets');

-- `expected` stood in the books when `counted` was counted; `seen` is an id of that moment, later movements have later ones.
CREATE TABLE counted_lines (
  store_id   uuid,
  sheet_id   uuid,
  variant_id uuid,
  expected   int NOT NULL CHECK (expected >= 0),
  counted    int NOT NULL CHECK (counted BETWEEN 0 AND 1000000),
  seen       uuid NOT NULL,
  counted_by uuid NOT NULL,
  counted_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (store_id, sheet_id, variant_id),
  FOREIGN KEY (store_id, sheet_id) REFERENCES count_sheets (store_id, id)
);
CALL protect('counted_lines');

ALTER TABLE movements ADD COLUMN count_id uuid;
ALTER TABLE movements ADD CONSTRAINT counts_are_of_a_sheet CHECK (count_id IS NULL OR kind = 'count');
