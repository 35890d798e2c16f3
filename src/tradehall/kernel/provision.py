"""Databases, roles and migrations: plain SQL files per service, applied in order, once, whoever starts first.

Our own forty lines instead of a library: see docs/decisions/0003-migrations.md.
"""

import hashlib
import hmac
import logging
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from tradehall.kernel.service import Service
from tradehall.kernel.settings import Settings

log = logging.getLogger(__name__)

OWNER = "tradehall_owner"
KERNEL = Path(__file__).parent / "migrations"
_LOCK = 0x7261646568616C6C


class MigrationError(Exception):
    """An applied file was changed, or one failed; the message names it."""


def role_of(service: str, *, across: bool = False) -> str:
    """The one that sees one store at a time, or that of batches across stores."""
    return f"tradehall_{service}_across" if across else f"tradehall_{service}"


def database_of(settings: Settings, service: str) -> str:
    return f"{settings.database_prefix}_{service}"


def dsn(settings: Settings, service: str, *, across: bool = False) -> str:
    """The URL a service connects with: its own database, its own role."""
    role = role_of(service, across=across)
    return _with(settings.database_url, database_of(settings, service), role, password_of(settings, role))


def admin_dsn(settings: Settings, service: str) -> str:
    """The service's database as the installation's own administrator."""
    return _with(settings.database_url, database_of(settings, service))


def password_of(settings: Settings, role: str) -> str:
    return hmac.new(settings.secret.encode(), role.encode(), hashlib.sha256).hexdigest()[:32]


def _with(url: str, database: str, user: str | None = None, password: str = "") -> str:
    parts = urlsplit(url)
    netloc = parts.netloc
    if user is not None:
        netloc = f"{user}:{quote(password)}@{netloc.rpartition('@')[2]}"
    return urlunsplit(parts._replace(netloc=netloc, path=f"/{database}"))


async def migrate(settings: Settings, services: list[Service]) -> list[str]:
    """Makes what is missing, applies what is new; returns the names of the files applied.

    Safe to run from several processes at once: an advisory lock lets one work and the others wait.
    """
    applied: list[str] = []
    stateful = [service for service in services if not service.stateless]
    admin = await asyncpg.connect(settings.database_url)
    try:
        await admin.execute("SELECT pg_advisory_lock($1)", _LOCK)
        await _ensure_role(admin, OWNER, None)
        await admin.execute(f"GRANT {OWNER} TO CURRENT_USER")
        for service in stateful:
            for role in (role_of(service.name), role_of(service.name, across=True)):
                await _ensure_role(admin, role, password_of(settings, role))
            await _ensure_database(admin, settings, service.name)
        for service in stateful:
            applied += await _migrate_one(settings, service)
    finally:
        await admin.close()
    return applied


async def _ensure_role(admin: "asyncpg.Connection[asyncpg.Record]", role: str, password: str | None) -> None:
    options = "NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE "
    options += f"LOGIN PASSWORD '{password}'" if password else "NOLOGIN"
    if await admin.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role):
        if password:
            await admin.execute(f"ALTER ROLE {role} PASSWORD '{password}'")
    else:
        await admin.execute(f"CREATE ROLE {role} {options}")


async def _ensure_database(admin: "asyncpg.Connection[asyncpg.Record]", settings: Settings, service: str) -> None:
    database = database_of(settings, service)
    if not await admin.fetchval("SELECT true FROM pg_database WHERE datname = $1", database):
        await admin.execute(f"CREATE DATABASE {database} OWNER {OWNER}")
        await admin.execute(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC")
        await admin.execute(f"GRANT CONNECT ON DATABASE {database} TO {role_of(service)}")


async def _migrate_one(settings: Settings, service: Service) -> list[str]:
    database, role = database_of(settings, service.name), role_of(service.name)
    connection = await asyncpg.connect(_with(settings.database_url, database))
    try:
        for extension in service.extensions:
            await connection.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
        await connection.execute(f"ALTER SCHEMA public OWNER TO {OWNER}")
        await connection.execute(f"SET ROLE {OWNER}")
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS migrations "
            "(name text PRIMARY KEY, digest text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
        )
        await connection.execute(f"GRANT USAGE ON SCHEMA public TO {role}")
        await connection.execute(
            "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO " + role
        )
        await connection.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO {role}")
        done = {row["name"]: row["digest"] for row in await connection.fetch("SELECT name, digest FROM migrations")}
        applied = []
        files = [("kernel/", path) for path in sorted(KERNEL.glob("*.sql"))]
        files += [(f"{service.name}/", path) for path in sorted(service.migrations.glob("*.sql"))]
        for prefix, path in files:
            name, sql = prefix + path.name, path.read_text()
            digest = hashlib.sha256(sql.encode()).hexdigest()
            if done.get(name, digest) != digest:
                raise MigrationError(f"{database}: {name} was changed after it had been applied; write a new file")
            if name in done:
                continue
            try:
                async with connection.transaction():
                    sql = sql.replace(":app_role", role).replace(":across_role", role_of(service.name, across=True))
                    await connection.execute(sql)
                    await connection.execute("INSERT INTO migrations (name, digest) VALUES ($1, $2)", name, digest)
            except asyncpg.PostgresError as error:
                raise MigrationError(f"{database}: {name}: {error}") from error
            applied.append(f"{database}: {name}")
        return applied
    finally:
        await connection.close()
