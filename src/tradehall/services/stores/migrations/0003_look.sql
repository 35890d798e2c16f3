-- What is too large for the events and for the memory of every process: pictures, home page, legal texts.
CREATE TABLE pictures (
  store_id   uuid REFERENCES stores (id),
  key        text CHECK (key ~ '^[0-9a-f]{32}$'),
  kind       text NOT NULL CHECK (kind IN ('logo', 'icon', 'hero')),
  width      int NOT NULL CHECK (width > 0),
  height     int NOT NULL CHECK (height > 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (store_id, key)
);
CALL protect('pictures');

CREATE TABLE home_pages (
  store_id   uuid PRIMARY KEY REFERENCES stores (id),
  version    int NOT NULL CHECK (version > 0),
  blocks     jsonb NOT NULL CHECK (jsonb_typeof(blocks) = 'array' AND jsonb_array_length(blocks) <= 20),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CALL protect('home_pages');

-- Every version that was ever in force stays. An empty text takes the one before out of force.
CREATE TABLE legal_texts (
  store_id   uuid REFERENCES stores (id),
  kind       text CHECK (kind IN ('imprint', 'terms', 'privacy', 'returns')),
  version    int CHECK (version > 0),
  text       text NOT NULL CHECK (length(text) <= 100000),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (store_id, kind, version)
);
CALL protect('legal_texts');
REVOKE UPDATE, DELETE ON legal_texts FROM :app_role;
