"""Rows of one store are out of reach in another: of the test service by trying, of every service by its catalogue."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest

from tests.harness import Alone
from tradehall.app import load
from tradehall.kernel import provision
from tradehall.kernel.ids import uuid7
from tradehall.kernel.service import Service
from tradehall.kernel.settings import Settings
from tradehall.launch import SERVICES

# Tables that hold rows of all stores, or of none, and why that is right.
KERNEL_TABLES = {
    "migrations": "which files were applied to this database",
    "outbox": "the relay publishes the events of all stores; no service reads it",
    "inbox": "ids of events handled, of all stores",
    "parked": "events waiting for another try, of all stores",
    "dead_letters": "events given up, of all stores; operators see them",
}
PLATFORM_TABLES = {
    ("stores", "stores"): "the stores themselves: found before any store is known",
    ("stores", "hosts"): "finds the store of a host",
    ("stores", "plans"): "the same for all; whoever signs up has no store yet",
    ("stores", "slugs"): "a name belongs to one store or signup over all of them",
}


# --- by trying


async def test_no_store_set_sees_and_writes_nothing(shop: Alone) -> None:
    await shop.sql("INSERT INTO notes (name, number) VALUES ('mine', 1)")
    async with shop.db.transaction(None) as tx:
        assert await tx.rows("SELECT * FROM notes") == []
        assert await tx.run("UPDATE notes SET number = 2") == 0
        assert await tx.run("DELETE FROM notes") == 0
    with pytest.raises(asyncpg.PostgresError):
        async with shop.db.transaction(None) as tx:
            await tx.run("INSERT INTO notes (name, number) VALUES ('nobody', 1)")
    assert [row["number"] for row in await shop.sql("SELECT number FROM notes WHERE name = 'mine'")] == [1]


async def test_another_stores_rows_cannot_be_read_changed_or_taken_away(shop: Alone) -> None:
    await shop.sql("INSERT INTO notes (name, number) VALUES ('own', 1)")
    async with shop.db.transaction(shop.other.id) as tx:
        assert await tx.rows("SELECT * FROM notes WHERE name = 'own'") == []
        assert await tx.rows("SELECT * FROM notes WHERE store_id = $1", shop.store.id) == []
        assert await tx.run("UPDATE notes SET number = 2 WHERE store_id = $1", shop.store.id) == 0
        assert await tx.run("DELETE FROM notes WHERE store_id = $1", shop.store.id) == 0
        assert await tx.scalar("SELECT count(*) FROM notes WHERE name = 'own'") == 0
    assert [row["number"] for row in await shop.sql("SELECT number FROM notes WHERE name = 'own'")] == [1]


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO notes (store_id, name, number) VALUES ($1, 'smuggled', 1)",
        "UPDATE notes SET store_id = $1",
        "INSERT INTO idempotency_keys (store_id, actor, key, fingerprint) VALUES ($1, 'a', 'k', '')",
    ],
)
async def test_rows_cannot_be_put_into_another_store(shop: Alone, sql: str) -> None:
    await shop.sql("INSERT INTO notes (name, number) VALUES ('stays', 1)", store=shop.other)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with shop.db.transaction(shop.other.id) as tx:
            await tx.run(sql, shop.store.id)


async def test_store_of_a_transaction_ends_with_it(shop: Alone) -> None:
    """Also on the same connection, after a failure, and after an explicit change in a batch."""
    await shop.sql("INSERT INTO notes (name, number) VALUES ('left', 1)")
    processes = set()

    async def seen(store: UUID | None, *, entering: UUID | None = None) -> int:
        async with shop.db.transaction(store) as tx:
            processes.add(await tx.scalar("SELECT pg_backend_pid()"))
            before: int = await tx.scalar("SELECT count(*) FROM notes WHERE name = 'left'")
            if entering:
                await tx.enter(entering)
            return before

    assert await seen(shop.store.id) == 1
    assert await seen(None, entering=shop.store.id) == 0
    assert await seen(None) == 0
    with pytest.raises(ZeroDivisionError):
        async with shop.db.transaction(shop.store.id):
            raise ZeroDivisionError
    assert await seen(None) == 0
    assert len(processes) == 1, "the test is about one connection"


async def test_service_can_neither_lift_its_own_security_nor_become_the_owner(shop: Alone) -> None:
    for sql in (
        "ALTER TABLE notes DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE notes NO FORCE ROW LEVEL SECURITY",
        "CREATE POLICY open ON notes USING (true)",
        "DROP POLICY own_store ON notes",
        "SET ROLE tradehall_owner",
        "SET SESSION AUTHORIZATION tradehall_owner",
        "CREATE TABLE mine (a int)",
        "TRUNCATE notes",
        "COPY notes FROM PROGRAM 'true'",
    ):
        with pytest.raises(asyncpg.PostgresError):
            await shop.sql(sql)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):  # noqa: PT012
        async with shop.db.transaction(shop.other.id) as tx:
            await tx.run("SET LOCAL row_security = off")
            await tx.rows("SELECT * FROM notes")


# --- by the catalogue, of every service


# Rows that nobody looks for by themselves, and the tables of their days.
KEYLESS = {("analytics", "clicks")}
# Found by ids that come from the moment they were made, or in all stores of a batch: their keys end with the store (decision 25).
FOUND_BY_ID = {
    "analytics": {"entries", "sales", "takes"},
    "inventory": {"holds", "levels"},
    "notifications": {"orders"},
    "orders": {"order_history", "order_lines", "orders", "parcels"},
    "payments": {"provider_references", "entries", "payments", "simulated_charges"},
    "reviews": {"orders", "purchases"},
    "shipping": {"shipment_history", "shipments", "viewers"},
}
# By the owner's rights, on tables as wholes: none of it returns a row or takes anything but a number.
OWNERS_WORK = {"analytics": {"make_days", "drop_days"}}


@pytest.fixture(scope="module")
async def platform(servers: Settings) -> tuple[Settings, list[Service]]:
    """All services' databases, empty."""
    settings = msgspec.structs.replace(servers, database_prefix=f"i_{uuid7().hex[-12:]}")
    services = [service for service in load(list(SERVICES)) if not service.stateless]
    await provision.migrate(settings, services)
    return settings, services


async def ask(settings: Settings, database: str, sql: str, *args: object) -> list[Any]:
    connection = await asyncpg.connect(provision._with(settings.database_url, database))
    try:
        return await connection.fetch(sql, *args)
    finally:
        await connection.close()


_TABLES = """
SELECT c.relname AS name, c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced,
       pg_get_userbyid(c.relowner) AS owner,
       EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'store_id' AND NOT a.attisdropped) AS of_store,
       (SELECT bool_and(a.attnotnull) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'store_id') AS never_null,
       ARRAY(SELECT a.attname::text FROM pg_index i, unnest(i.indkey) WITH ORDINALITY AS k(attnum, place)
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
             WHERE i.indrelid = c.oid AND i.indisprimary ORDER BY place) AS key,
       ARRAY(SELECT p.polname::text FROM pg_policy p WHERE p.polrelid = c.oid) AS policies
FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace ORDER BY 1
"""


@pytest.mark.parametrize("name", SERVICES)
async def test_every_table_of_a_store_is_secured(platform: tuple[Settings, list[Service]], name: str) -> None:
    settings, _ = platform
    tables = await ask(settings, provision.database_of(settings, name), _TABLES)
    assert {"outbox", "inbox", "idempotency_keys"} <= {table["name"] for table in tables}
    for table in tables:
        known = table["name"] in KERNEL_TABLES or (name, table["name"]) in PLATFORM_TABLES
        assert table["owner"] == provision.OWNER, table["name"]
        if known:
            continue
        assert table["of_store"], f"{table['name']}: no store_id, and not in PLATFORM_TABLES"
        assert table["enabled"], f"{table['name']}: CALL protect('{table['name']}') is missing"
        assert table["forced"], table["name"]
        assert table["never_null"], table["name"]
        assert "own_store" in table["policies"], table["name"]
        if (name, table["name"].partition("_2")[0]) in KEYLESS:
            continue
        place = -1 if table["name"] in FOUND_BY_ID.get(name, ()) else 0
        assert table["key"][place] == "store_id", f"{table['name']}: its primary key is {table['key']}"


async def test_list_of_platform_tables_has_nothing_that_is_gone(platform: tuple[Settings, list[Service]]) -> None:
    settings, services = platform
    for service in services:
        tables = {row["name"] for row in await ask(settings, provision.database_of(settings, service.name), _TABLES)}
        assert set(KERNEL_TABLES) <= tables
        assert {table for owner, table in PLATFORM_TABLES if owner == service.name} <= tables


@pytest.mark.parametrize("name", SERVICES)
async def test_across_stores_nothing_is_reached_but_what_was_opened(
    platform: tuple[Settings, list[Service]], name: str
) -> None:
    """Each policy is for one of the two roles, and what one of them may do in a table the other may too."""
    settings, _ = platform
    database = provision.database_of(settings, name)
    one, across = provision.role_of(name), provision.role_of(name, across=True)
    policies = await ask(
        settings,
        database,
        "SELECT polrelid::regclass::text AS name, polname, ARRAY(SELECT pg_get_userbyid(r)::text FROM unnest(polroles) r) AS roles, "
        "pg_get_expr(polqual, polrelid) AS seen, pg_get_expr(polwithcheck, polrelid) AS written FROM pg_policy",
    )
    opened = set()
    for policy in policies:
        if policy["polname"] == "own_store":
            assert set(policy["roles"]) == {one, provision.OWNER}, policy["name"]
        elif policy["polname"] == "stores_of_batch":
            assert policy["roles"] == [across], policy["name"]
            assert "store_id = ANY" in policy["seen"]
            assert policy["seen"] == policy["written"]
            opened.add(policy["name"])
    reached = await ask(
        settings,
        database,
        "SELECT c.relname AS name, p AS privilege, has_table_privilege($2, c.oid, p) AS one_may FROM pg_class c, "
        "unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) p "
        "WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND has_table_privilege($1, c.oid, p)",
        across,
        one,
    )
    assert {row["name"] for row in reached} == opened | {"outbox", "inbox"}
    assert all(row["one_may"] for row in reached)


@pytest.mark.parametrize("name", SERVICES)
async def test_unique_keys_and_references_stay_within_a_store(
    platform: tuple[Settings, list[Service]], name: str
) -> None:
    """A unique key or reference without store_id would tell one store what another has."""
    settings, _ = platform
    constraints = await ask(
        settings,
        provision.database_of(settings, name),
        """
        SELECT k.conrelid::regclass::text AS name, k.conname, pg_get_constraintdef(k.oid) AS rule
        FROM pg_constraint k WHERE k.contype IN ('u', 'f') AND k.connamespace = 'public'::regnamespace
        UNION ALL
        SELECT i.indrelid::regclass::text, i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
        FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
        WHERE i.indisunique AND c.relnamespace = 'public'::regnamespace
        """,
    )
    for constraint in constraints:
        if constraint["name"] in KERNEL_TABLES or (name, constraint["name"]) in PLATFORM_TABLES:
            continue
        assert "store_id" in constraint["rule"], f"{constraint['conname']}: {constraint['rule']}"


@pytest.mark.parametrize("name", SERVICES)
async def test_no_view_or_function_reaches_around_the_policies(
    platform: tuple[Settings, list[Service]], name: str
) -> None:
    settings, _ = platform
    database = provision.database_of(settings, name)
    views = await ask(
        settings,
        database,
        "SELECT relname FROM pg_class WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace "
        "AND NOT coalesce(reloptions @> ARRAY['security_invoker=true'], false)",
    )
    assert views == []
    functions = await ask(
        settings, database, "SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
    )
    assert {row["proname"] for row in functions} == {"analyze_tables", "prune_idempotency_keys"} | OWNERS_WORK.get(
        name, set()
    )


@pytest.mark.parametrize("name", SERVICES)
async def test_tables_whose_statistics_are_kept_are_there(platform: tuple[Settings, list[Service]], name: str) -> None:
    settings, services = platform
    (goods,) = [service.goods for service in services if service.name == name]
    found = await ask(settings, provision.database_of(settings, name), "SELECT tablename FROM pg_tables")
    assert set(goods) <= {row["tablename"] for row in found}


@pytest.mark.parametrize("across", [False, True])
@pytest.mark.parametrize("name", SERVICES)
async def test_role_has_no_power_and_no_way_into_another_database(
    platform: tuple[Settings, list[Service]], name: str, across: bool
) -> None:
    settings, services = platform
    role = provision.role_of(name, across=across)
    (power,) = await ask(
        settings,
        "postgres",
        "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication FROM pg_roles WHERE rolname = $1",
        role,
    )
    assert not any(power.values())
    assert await ask(settings, "postgres", "SELECT 1 FROM pg_auth_members WHERE member = $1::regrole", role) == []
    connection = await asyncpg.connect(provision.dsn(settings, name, across=across))
    assert await connection.fetchval("SELECT current_user") == role
    await connection.close()
    password = provision.password_of(settings, role)
    for other in services:
        if other.name != name:
            database = provision.database_of(settings, other.name)
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await asyncpg.connect(provision._with(settings.database_url, database, role, password))


async def test_role_does_not_come_in_with_another_password(platform: tuple[Settings, list[Service]]) -> None:
    settings, _ = platform
    role, database = provision.role_of("orders"), provision.database_of(settings, "orders")
    with pytest.raises((asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError)):
        await asyncpg.connect(provision._with(settings.database_url, database, role, "guess"))


# --- migrations


async def test_migrating_again_changes_nothing(platform: tuple[Settings, list[Service]]) -> None:
    assert await provision.migrate(*platform) == []


async def test_processes_that_migrate_at_the_same_time_do_not_collide(servers: Settings) -> None:
    settings = msgspec.structs.replace(servers, database_prefix=f"i_{uuid7().hex[-12:]}")
    services = load(["stores"])
    applied = await asyncio.gather(*(provision.migrate(settings, services) for _ in range(4)))
    assert sorted(map(len, applied))[:3] == [0, 0, 0]
    assert max(map(len, applied)) >= 2
