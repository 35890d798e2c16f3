-- Parcels that carriers tell of. `status_at` is when, by the carrier's clock, it came to be so: of two statuses of one rank the
-- later one counts.
ALTER TABLE shipments
  DROP CONSTRAINT shipments_status_check,
  DROP CONSTRAINT shipments_check,
  ADD COLUMN status_at timestamptz NOT NULL DEFAULT now(),
  ADD CONSTRAINT known_status CHECK (status IN ('PREPARING', 'SHIPPED', 'IN_TRANSIT', 'OUT_FOR_DELIVERY', 'DELIVERY_FAILED',
    'DELIVERED', 'RETURNED_TO_SENDER', 'CANCELLED')),
  ADD CONSTRAINT what_is_on_its_way_has_a_number CHECK (status IN ('PREPARING', 'CANCELLED')
    OR (carrier IS NOT NULL AND tracking_number IS NOT NULL));

ALTER TABLE shipment_history ADD COLUMN place text NOT NULL DEFAULT '';

-- The store's own accounts at carriers. Keys are sealed with the installation's secret.
CREATE TABLE carrier_accounts (
  store_id   uuid,
  code       text CHECK (code ~ '^[a-z0-9][a-z0-9-]{0,40}$'),
  carrier    text NOT NULL,
  name       text NOT NULL,
  services   jsonb NOT NULL,
  sellers    boolean NOT NULL, -- whether sellers may send with it
  keys       text NOT NULL,
  shown      jsonb NOT NULL, -- what of the keys may be shown
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (store_id, code)
);
CALL protect('carrier_accounts');

-- A label asked of a carrier, under its id as the key: however often it is asked for, it is one label. One at most of a
-- shipment that was not refused.
CREATE TABLE bookings (
  store_id        uuid,
  id              uuid,
  shipment_id     uuid NOT NULL,
  account         text NOT NULL,
  carrier         text NOT NULL,
  service         text NOT NULL,
  status          text NOT NULL DEFAULT 'asked' CHECK (status IN ('asked', 'booked', 'refused')),
  request         jsonb NOT NULL,
  tries           int NOT NULL DEFAULT 0,
  tracking_number text,
  label_url       text,
  label           bytea CHECK (length(label) <= 2000000),
  label_type      text,
  note            text NOT NULL DEFAULT '',
  created_at      timestamptz NOT NULL DEFAULT now(),
  heard_at        timestamptz,
  PRIMARY KEY (store_id, id),
  FOREIGN KEY (store_id, shipment_id) REFERENCES shipments (store_id, id),
  CHECK (status <> 'booked' OR tracking_number IS NOT NULL)
);
CALL protect('bookings');
CREATE UNIQUE INDEX one_label_of_a_shipment ON bookings (shipment_id, store_id) WHERE status <> 'refused';
CREATE INDEX bookings_by_number ON bookings (tracking_number, store_id) WHERE tracking_number IS NOT NULL;
CREATE INDEX bookings_of_account ON bookings (store_id, account) WHERE status <> 'refused';

-- What carriers told, however it came: by webhook, or asked. Each counts once.
CREATE TABLE carrier_events (
  store_id    uuid,
  carrier     text,
  event_id    text,
  booking_id  uuid NOT NULL,
  received_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (store_id, carrier, event_id)
);
CALL protect('carrier_events');
REVOKE UPDATE, DELETE ON carrier_events FROM :app_role;

-- The books of the simulated carrier: what it would know in its own house. One parcel per key, whoever asks how often.
CREATE TABLE simulated_parcels (
  store_id        uuid,
  key             uuid,
  tracking_number text NOT NULL,
  service         text NOT NULL,
  city            text NOT NULL,
  origin          text NOT NULL,
  pace            interval NOT NULL,
  steps           jsonb NOT NULL DEFAULT '[]',
  calls           int NOT NULL DEFAULT 1,
  created_at      timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (store_id, key)
);
CALL protect('simulated_parcels');
