"""Both servers through the whole of their life: started, restarted, killed, refused."""

import os
import shutil
import signal
from contextlib import suppress
from pathlib import Path

import asyncpg
import psutil
import pytest

from tradehall.kernel.embedded import EmbeddedError, start
from tradehall.kernel.embedded.system import is_alive

from .tools import greet, launched, postmaster, publish, query, servers_on


def test_what_was_stored_is_there_after_a_restart(folder: Path) -> None:
    first = start(folder / "data")
    query(first.database_url, "CREATE TABLE kept AS SELECT 7 AS answer")
    assert publish(first.nats_url, b"one") == 1
    first.stop()
    assert servers_on(folder) == []

    second = start(folder / "data")
    try:
        assert query(second.database_url, "SELECT answer FROM kept") == 7
        assert publish(second.nats_url, b"two") == 2
        assert second.nats_url == first.nats_url
        assert second.database_url == first.database_url
    finally:
        second.stop()


def test_stopping_twice_is_harmless_and_the_urls_stay_out_of_logs(folder: Path) -> None:
    embedded = start(folder / "data")
    assert "postgres" not in repr(embedded)
    embedded.stop()
    embedded.stop()
    assert servers_on(folder) == []


def test_each_part_can_be_left_out(folder: Path) -> None:
    embedded = start(folder / "data", postgres=False)
    try:
        assert embedded.database_url == ""
        assert [p.name() for p in servers_on(folder)] == ["nats-server"]
    finally:
        embedded.stop()
    embedded = start(folder / "data", nats=False)
    try:
        assert embedded.nats_url == ""
        assert [p.name() for p in servers_on(folder)] == ["postgres"]
    finally:
        embedded.stop()


def test_nobody_enters_without_the_secrets(folder: Path) -> None:
    embedded = start(folder / "data")
    try:
        password = (folder / "data/postgres-password").read_text()
        token = (folder / "data/nats-token").read_text()
        with pytest.raises(asyncpg.InvalidPasswordError):
            query(embedded.database_url.replace(password, "guess"), "SELECT 1")
        assert "'Authorization Violation'" in greet(embedded.nats_url, "guess")
        assert "PONG" in greet(embedded.nats_url, token)
        for secret in ("postgres-password", "nats-token", "nats.conf"):
            assert (folder / "data" / secret).stat().st_mode & 0o777 == 0o600
        assert (folder / "data/postgres/run").stat().st_mode & 0o777 == 0o700
        words = [word for process in servers_on(folder) for word in process.cmdline()]
        assert not any(password in word or token in word for word in words)
    finally:
        embedded.stop()


def test_a_second_launcher_is_told_the_pid_of_the_first(folder: Path) -> None:
    with launched(folder / "data") as first:
        with pytest.raises(EmbeddedError, match=rf"already running \(pid {first.process.pid}\)"):
            start(folder / "data")
        assert query(first.database_url, "SELECT 1") == 1


def test_servers_outlive_a_killed_launcher_and_the_next_start_takes_over(folder: Path) -> None:
    with launched(folder / "data") as first:
        query(first.database_url, "CREATE TABLE kept AS SELECT 7 AS answer")
        publish(first.nats_url, b"one")
        first.process.kill()
        first.process.wait()
    assert len(servers_on(folder)) == 2
    embedded = start(folder / "data")
    try:
        assert embedded.database_url == first.database_url
        assert query(embedded.database_url, "SELECT answer FROM kept") == 7
        assert publish(embedded.nats_url, b"two") == 2
        assert len(servers_on(folder)) == 2
    finally:
        embedded.stop()
    assert servers_on(folder) == []


def test_a_ctrl_c_at_the_terminal_reaches_the_launcher_only(folder: Path) -> None:
    with launched(folder / "data") as launcher:
        os.killpg(launcher.process.pid, signal.SIGINT)
        assert [launcher.line(), launcher.line(), launcher.line()] == ["interrupted", "42", "stopped"]
    assert servers_on(folder) == []


def test_a_killed_database_recovers_what_it_had_committed(folder: Path) -> None:
    data = folder / "data"
    embedded = start(data, nats=False)
    query(embedded.database_url, "CREATE TABLE kept AS SELECT 7 AS answer")
    postmaster(folder).send_signal(signal.SIGKILL)
    embedded.stop()
    # By the next boot the dead server's pid may be another's.
    stale = data / "postgres/cluster/postmaster.pid"
    lines = stale.read_text().splitlines()
    stale.write_text("\n".join([str(os.getppid()), *lines[1:]]))

    embedded = start(data, nats=False)
    try:
        assert query(embedded.database_url, "SELECT answer FROM kept") == 7
    finally:
        embedded.stop()


def test_a_backend_that_outlives_its_killed_postmaster_does_not_block_the_next_start(folder: Path) -> None:
    data = folder / "data"
    with launched(data) as first:
        query(first.database_url, "SELECT 1")
        head = postmaster(folder)
        children = head.children()
        for child in children:
            with suppress(psutil.NoSuchProcess):  # some come and go
                child.suspend()  # as deaf to its postmaster's death as a query that computes
        head.kill()
        first.process.kill()
        first.process.wait()
    embedded = start(data)
    try:
        assert query(embedded.database_url, "SELECT 1") == 1
        assert not any(map(is_alive, children))
    finally:
        embedded.stop()


@pytest.mark.parametrize("launcher_alive", [False, True])
def test_a_deleted_data_folder_means_starting_afresh(folder: Path, launcher_alive: bool) -> None:
    data = folder / "data"
    with launched(data) as first:
        query(first.database_url, "CREATE TABLE kept AS SELECT 7 AS answer")
        if not launcher_alive:
            first.process.kill()
            first.process.wait()
        shutil.rmtree(data)
        embedded = start(data)
        try:
            assert query(embedded.database_url, "SELECT to_regclass('kept')") is None
            assert publish(embedded.nats_url, b"one") == 1
            assert len(servers_on(folder)) == 2
        finally:
            embedded.stop()


def test_a_start_that_fails_leaves_nothing_running(folder: Path) -> None:
    embedded = start(folder / "first", postgres=False)
    port = int(embedded.nats_url.rsplit(":", 1)[1])
    try:
        with pytest.raises(EmbeddedError, match=f"Port {port} is taken"):
            start(folder / "data", nats_port=port)
        assert servers_on(folder / "data") == []
    finally:
        embedded.stop()
    embedded = start(folder / "data", nats_port=port)
    try:
        assert embedded.nats_url.endswith(f":{port}")
    finally:
        embedded.stop()


def test_another_port_is_found_when_the_last_one_is_taken(folder: Path) -> None:
    first = start(folder / "first", postgres=False)
    try:
        (folder / "second").mkdir()
        (folder / "second/nats-port").write_text(first.nats_url.rsplit(":", 1)[1])
        second = start(folder / "second", postgres=False)
        second.stop()
        assert second.nats_url.rsplit(":", 1) != first.nats_url.rsplit(":", 1)
    finally:
        first.stop()


def test_long_paths_with_blanks_and_quotes(folder: Path) -> None:
    data = folder / ("a rather long name " * 9).strip() / 'it\'s "quoted", $HOME %d \\ {x} é'
    assert len(str(data)) > 150
    embedded = start(data)
    try:
        assert query(embedded.database_url, "SHOW data_directory") == str(data / "postgres/cluster")
        assert publish(embedded.nats_url, b"one") == 1
        socket = query(embedded.database_url, "SHOW unix_socket_directories")
        assert isinstance(socket, str)
    finally:
        embedded.stop()
    assert not Path(socket).exists()


def test_a_folder_that_cannot_be_used_is_named(folder: Path) -> None:
    (folder / "file").write_text("")
    with pytest.raises(EmbeddedError, match="cannot be used as data folder"):
        start(folder / "file" / "data")
