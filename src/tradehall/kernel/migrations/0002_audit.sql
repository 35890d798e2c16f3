-- Who did what to what in this service: a row for each change that staff, a seller, an operator or an API key made, in the
-- transaction that made it. Rows are only ever added. `target` has the ids of the route, `fields` what the request set.
CREATE TABLE audit (
  store_id    uuid,
  id          uuid,
  at          timestamptz NOT NULL DEFAULT now(),
  actor       uuid NOT NULL,
  roles       text[] NOT NULL,
  session_id  uuid NOT NULL,
  by_key      boolean NOT NULL,
  action      text NOT NULL,
  target      jsonb NOT NULL,
  fields      text[] NOT NULL,
  correlation text NOT NULL,
  PRIMARY KEY (store_id, id)
);
CALL protect('audit');
REVOKE UPDATE, DELETE, TRUNCATE ON audit FROM :app_role;
