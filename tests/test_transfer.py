"""What an export takes along, by the databases' own catalogues; and that it is whole."""

from pathlib import Path

import asyncpg
import msgspec
import pytest

from tradehall.app import load
from tradehall.kernel import provision
from tradehall.kernel.ids import uuid7
from tradehall.kernel.service import Service
from tradehall.kernel.settings import Settings
from tradehall.launch import SERVICES
from tradehall.transfer import catalogue
from tradehall.transfer.package import FORMAT, Manifest, TransferError, digests, packed, read_manifest, unpacked


@pytest.fixture(scope="module")
async def platform(servers: Settings) -> tuple[Settings, list[Service]]:
    """All services' databases, empty."""
    settings = msgspec.structs.replace(servers, database_prefix=f"x_{uuid7().hex[-12:]}")
    services = load(list(SERVICES))
    await provision.migrate(settings, services)
    return settings, services


async def shapes(settings: Settings, service: str, *, credentials: bool) -> dict[str, list[catalogue.Column] | None]:
    connection = await asyncpg.connect(provision.dsn(settings, service))
    try:
        return {
            table: await catalogue.columns(connection, service, table, credentials=credentials)
            for table in await catalogue.tables(connection)
        }
    finally:
        await connection.close()


async def test_every_table_of_every_service_can_be_selected_and_nothing_is_left_out_with_credentials(
    platform: tuple[Settings, list[Service]],
) -> None:
    settings, services = platform
    for service in services:
        found = await shapes(settings, service.name, credentials=True)
        connection = await asyncpg.connect(provision.dsn(settings, service.name))
        for table, columns in found.items():
            assert columns, table
            assert not any(column.blank for column in columns), table
            assert await connection.fetch(catalogue.selection(table, columns)) == []
        await connection.close()


async def test_without_credentials_nothing_is_left_to_sign_in_with(platform: tuple[Settings, list[Service]]) -> None:
    """A table that is new here holds credentials by the names of its columns: say so if it does not."""
    settings, services = platform
    left_out, blanked = set(), set()
    for service in services:
        for table, columns in (await shapes(settings, service.name, credentials=False)).items():
            if columns is None:
                left_out.add(f"{service.name}.{table}")
            blanked |= {f"{service.name}.{table}.{column.name}" for column in columns or () if column.blank}
    assert left_out == {
        "identity.api_keys", "identity.invitations", "identity.issuers", "identity.recovery_codes", "identity.totp",
        "notifications.sms_accounts",
    }  # fmt: skip
    assert blanked == {"identity.users.password_hash", "payments.payments.token"}


async def test_what_passes_is_known_by_name(platform: tuple[Settings, list[Service]]) -> None:
    settings, services = platform
    there = set()
    for service in services:
        connection = await asyncpg.connect(provision.dsn(settings, service.name))
        there |= {row["relname"] for row in await connection.fetch("SELECT relname::text FROM pg_class")}
        await connection.close()
    assert there >= catalogue.PASSING
    assert there >= {table for _, table in catalogue.SEALED}


def written(folder: Path, **changes: object) -> None:
    (folder / "store.json").write_text("{}")
    (folder / "files").mkdir()
    (folder / "files" / "a.txt").write_text("a")
    facts = {"format": FORMAT, "version": "0", "exported_at": "", "credentials": False, "secret": "", "tables": []}
    manifest = msgspec.convert(facts | {"digests": digests(folder)} | changes, Manifest)
    (folder / "manifest.json").write_bytes(msgspec.json.encode(manifest))


@pytest.mark.parametrize("name", ["store", "store.tar.gz", "store.tgz"])
def test_a_package_comes_back_as_it_was(tmp_path: Path, name: str) -> None:
    with packed(tmp_path / name) as folder:
        written(folder)
    with unpacked(tmp_path / name) as folder:
        assert set(read_manifest(folder).digests) == {"store.json", "files/a.txt"}
    assert [path.name for path in tmp_path.iterdir()] == [name]
    with pytest.raises(TransferError, match="is there already"), packed(tmp_path / name):
        pass


def test_a_package_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def fail() -> None:
        with packed(tmp_path / "store") as folder:
            written(folder)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("what", ["changed", "missing", "more", "format", "no manifest"])
def test_a_package_that_is_not_whole_is_refused(tmp_path: Path, what: str) -> None:
    written(tmp_path, **({"format": FORMAT + 1} if what == "format" else {}))
    match what:
        case "changed":
            (tmp_path / "files" / "a.txt").write_text("b")
        case "missing":
            (tmp_path / "files" / "a.txt").unlink()
        case "more":
            (tmp_path / "files" / "b.txt").write_text("b")
        case "no manifest":
            (tmp_path / "manifest.json").unlink()
    with pytest.raises(TransferError):
        read_manifest(tmp_path)
