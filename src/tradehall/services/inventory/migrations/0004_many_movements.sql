-- Movements of a batch in a time that grows with their number, not with its square: the levels are found by their key
-- once and joined once, whatever the statistics were when this was planned.
CREATE OR REPLACE FUNCTION move_levels() RETURNS trigger LANGUAGE plpgsql
SET enable_nestloop = off SET enable_seqscan = off AS $$
DECLARE missing bigint;
BEGIN
  WITH moved AS (
    SELECT store_id, variant_id, warehouse_id, sum(on_hand_delta) AS on_hand, sum(reserved_delta) AS reserved
    FROM added GROUP BY store_id, variant_id, warehouse_id
  ), touched AS (
    UPDATE levels l SET on_hand = l.on_hand + m.on_hand, reserved = l.reserved + m.reserved FROM moved m
    WHERE l.store_id = m.store_id AND l.variant_id = m.variant_id AND l.warehouse_id = m.warehouse_id
      AND l.variant_id = ANY (ARRAY(SELECT variant_id FROM added))
    RETURNING 1
  )
  SELECT (SELECT count(*) FROM moved) - (SELECT count(*) FROM touched) INTO missing;
  IF missing > 0 THEN
    RAISE EXCEPTION 'a movement without a level' USING ERRCODE = 'foreign_key_violation';
  END IF;
  RETURN NULL;
END $$;
