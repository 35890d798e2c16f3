-- How often categories and attributes of a store were changed: what is kept of them in memory is of one of these versions.
CREATE TABLE structures (
  store_id uuid PRIMARY KEY,
  version  bigint NOT NULL
);
CALL protect('structures');
