"""Which tables hold a store's rows, as the databases themselves say, and which of their columns are credentials."""

import re
from collections.abc import Sequence
from typing import TypeAlias

import asyncpg
import msgspec

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

# Of no use elsewhere: what runs out in minutes, sessions, whose tokens the other installation did not sign, browsers that
# subscribed with this one's key, and what the store pays to this one. Single clicks and searches stay as well; the clicks of
# an hour go along. What this one's search engine has, the other's has not.
PASSING = {
    "clicks",
    "visits",
    "searches",
    "engine_indexes",
    "idempotency_keys",
    "subscriptions",
    "invoices",
    "codes",
    "login_failures",
    "refresh_tokens",
    "sessions",
    "sign_ins",
    "devices",
}
# Sealed with the installation's secret: of no use where that is another.
SEALED = {
    ("identity", "totp"),
    ("identity", "recovery_codes"),
    ("identity", "issuers"),
    ("payments", "provider_accounts"),
    ("shipping", "carrier_accounts"),
    ("notifications", "sms_accounts"),
}
_SECRET = re.compile("password|secret|totp|recovery|api_key")
_SECRET_OF_PEOPLE = re.compile("digest|hash|token")  # in identity; elsewhere these are other things
_ALSO_SECRET = {("payments", "payments", "token"), ("notifications", "sms_accounts", "keys")}
# What stands in the place of a credential that must be there: nothing verifies against it.
_BLANKS = {("identity", "users", "password_hash"): "$argon2id$none"}

_TABLES = """
SELECT c.relname::text AS name FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
WHERE p.polname = 'own_store' AND c.relnamespace = 'public'::regnamespace AND NOT c.relispartition ORDER BY 1
"""
# Without those that the database computes or numbers itself. `key` is the place in the primary key, NULL outside it.
_COLUMNS = """
SELECT a.attname::text AS name, a.attnotnull AS required, t.typcategory IN ('S', 'U', 'A') AS texts,
       array_position(i.indkey::int2[], a.attnum) AS key
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
WHERE a.attrelid = ('public.' || quote_ident($1))::regclass AND a.attnum > 0 AND NOT a.attisdropped
  AND a.attgenerated = '' AND a.attidentity = '' ORDER BY a.attnum
"""


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """`blank`, where it is a credential that is not given away: what stands in its place, as SQL."""

    name: str
    key: int | None = None
    blank: str | None = None


async def tables(connection: Connection) -> list[str]:
    return [row["name"] for row in await connection.fetch(_TABLES) if row["name"] not in PASSING]


async def columns(connection: Connection, service: str, table: str, *, credentials: bool) -> list[Column] | None:
    """None where the table has no meaning without the credentials in it."""
    found = []
    for row in await connection.fetch(_COLUMNS, table):
        column = Column(name=row["name"], key=row["key"])
        if not credentials and row["texts"] and _is_secret(service, table, row["name"]):
            blank = _BLANKS.get((service, table, row["name"]))
            if blank is None and row["required"]:
                return None
            column = Column(name=row["name"], key=row["key"], blank="NULL" if blank is None else f"'{blank}'")
        found.append(column)
    return found


def _is_secret(service: str, table: str, column: str) -> bool:
    if service == "identity" and _SECRET_OF_PEOPLE.search(column):
        return True
    return bool(_SECRET.search(column)) or (service, table, column) in _ALSO_SECRET


def selection(table: str, found: Sequence[Column]) -> str:
    """Every row as JSON, in the order of the primary key."""
    shown = ", ".join(f"{c.blank} AS {quoted(c.name)}" if c.blank else quoted(c.name) for c in found)
    key = sorted((c for c in found if c.key is not None), key=lambda c: c.key or 0)
    order = f" ORDER BY {', '.join(quoted(c.name) for c in key)}" if key else ""
    return f"SELECT to_jsonb(t)::text AS row FROM (SELECT {shown} FROM {quoted(table)}{order}) t"


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
