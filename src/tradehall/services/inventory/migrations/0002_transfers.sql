-- Transfers between warehouses: two movements under one id, both or none. Adjustments: signed, with a reason.
ALTER TABLE movements ADD COLUMN transfer_id uuid;
ALTER TABLE movements DROP CONSTRAINT movements_kind_check;
ALTER TABLE movements ADD CONSTRAINT moves_as_its_kind_does CHECK (
  CASE kind
    WHEN 'receive'      THEN on_hand_delta > 0 AND reserved_delta = 0
    WHEN 'remove'       THEN on_hand_delta < 0 AND reserved_delta = 0
    WHEN 'count'        THEN reserved_delta = 0
    WHEN 'adjust'       THEN reserved_delta = 0 AND reason <> ''
    WHEN 'transfer_out' THEN on_hand_delta < 0 AND reserved_delta = 0
    WHEN 'transfer_in'  THEN on_hand_delta > 0 AND reserved_delta = 0
    WHEN 'hold'         THEN on_hand_delta = 0 AND reserved_delta > 0
    WHEN 'deduct'       THEN on_hand_delta < 0 AND reserved_delta = on_hand_delta
    WHEN 'release'      THEN on_hand_delta = 0 AND reserved_delta < 0
    WHEN 'restock'      THEN on_hand_delta > 0 AND reserved_delta = 0
    ELSE false
  END
);
ALTER TABLE movements ADD CONSTRAINT transfers_have_an_id
  CHECK ((transfer_id IS NOT NULL) = (kind IN ('transfer_out', 'transfer_in')));
CREATE UNIQUE INDEX movements_of_transfer ON movements (store_id, transfer_id, kind) WHERE transfer_id IS NOT NULL;

CREATE FUNCTION refuse_half_a_transfer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT count(*) <> 2 OR sum(on_hand_delta) <> 0 OR count(DISTINCT variant_id) <> 1
             OR count(DISTINCT warehouse_id) <> 2
      FROM movements WHERE store_id = NEW.store_id AND transfer_id = NEW.transfer_id) THEN
    RAISE EXCEPTION 'transfer % is not whole', NEW.transfer_id USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER transfers_are_whole AFTER INSERT ON movements DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.transfer_id IS NOT NULL) EXECUTE FUNCTION refuse_half_a_transfer();

-- A level is the sum of its movements because nothing but a movement changes it.
CREATE FUNCTION move_levels() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE touched bigint;
BEGIN
  -- ANY: whatever the statistics were when this was planned, the rows are found by the key.
  UPDATE levels l SET on_hand = l.on_hand + m.on_hand, reserved = l.reserved + m.reserved
  FROM (SELECT store_id, variant_id, warehouse_id, sum(on_hand_delta) AS on_hand, sum(reserved_delta) AS reserved
        FROM added GROUP BY store_id, variant_id, warehouse_id) m
  WHERE l.store_id = m.store_id AND l.variant_id = m.variant_id AND l.warehouse_id = m.warehouse_id
    AND l.variant_id = ANY (ARRAY(SELECT variant_id FROM added));
  GET DIAGNOSTICS touched = ROW_COUNT;
  IF touched <> (SELECT count(DISTINCT (store_id, variant_id, warehouse_id)) FROM added) THEN
    RAISE EXCEPTION 'a movement without a level' USING ERRCODE = 'foreign_key_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER levels_follow AFTER INSERT ON movements REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION move_levels();

CREATE FUNCTION refuse_without_movement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'levels change by movements only' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER changed_by_movements_only BEFORE UPDATE ON levels
  FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION refuse_without_movement();
CREATE TRIGGER filled_by_movements_only BEFORE INSERT ON levels
  FOR EACH ROW WHEN (NEW.on_hand <> 0 OR NEW.reserved <> 0) EXECUTE FUNCTION refuse_without_movement();
REVOKE DELETE ON levels FROM :app_role;
