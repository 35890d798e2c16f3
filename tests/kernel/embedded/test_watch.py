"""A server that ends by itself, whenever it does: started again, but not by a launcher that stops."""

import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import asyncpg
import nats.errors
import psutil
import pytest

from tradehall.kernel.embedded import postgres, start, watch
from tradehall.kernel.embedded.system import Server, is_alive, leftovers, myself

from .tools import launched, nobody, postmaster, publish, query, servers_on


def kill_all(folder: Path) -> set[int]:
    """kill -9 of what was started, not of its children. Its process ids."""
    servers = servers_on(folder)
    for server in servers:
        server.kill()
    return {server.pid for server in servers}


def eventually(ask: Callable[[], object], seconds: float = 40) -> object:
    until = time.monotonic() + seconds
    while True:
        with suppress(OSError, ValueError, asyncpg.PostgresError, nats.errors.Error):
            return ask()
        assert time.monotonic() < until, f"no answer within {seconds:.0f} s"
        time.sleep(0.05)


def all_on(folder: Path) -> list[psutil.Process]:
    return servers_on(folder) + leftovers("postgres", folder / "data/postgres/cluster")


def test_killed_servers_answer_again_at_the_same_urls(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    embedded = start(folder / "data")
    try:
        query(embedded.database_url, "CREATE TABLE kept AS SELECT 7 AS answer")
        assert publish(embedded.nats_url, b"1") == 1
        for kills in (1, 2):
            pids = kill_all(folder)
            assert eventually(lambda: query(embedded.database_url, "SELECT answer FROM kept")) == 7
            assert eventually(lambda n=kills: publish(embedded.nats_url, b"%d" % n)) == kills + 1  # type: ignore[misc]
            assert len(servers_on(folder)) == 2
            assert pids.isdisjoint(server.pid for server in servers_on(folder))
            for pid in pids:
                assert f"(pid {pid}) ended (signal 9); it is started again in {kills / 2} s" in caplog.text
    finally:
        embedded.stop()
    assert all_on(folder) == []
    assert "database system is ready to accept connections" in caplog.text  # last words
    assert "Server is ready" in caplog.text


def test_children_that_outlive_the_postmaster_do_not_keep_it_from_coming_back(folder: Path) -> None:
    embedded = start(folder / "data", nats=False)
    try:
        head = postmaster(folder)
        children = head.children()
        for child in children:
            child.suspend()  # as deaf to its postmaster's death as a query that computes
        head.kill()
        assert eventually(lambda: query(embedded.database_url, "SELECT 1")) == 1
        assert not any(map(is_alive, children))
    finally:
        embedded.stop()


@pytest.mark.parametrize("after", [0.0, 0.3, 0.75], ids=["unseen", "seen", "starting again"])
def test_stopping_after_a_kill_leaves_no_process(folder: Path, after: float) -> None:
    embedded = start(folder / "data")
    deaf = postmaster(folder).children()[0]
    deaf.suspend()
    kill_all(folder)
    time.sleep(after)
    embedded.stop()
    assert all_on(folder) == []
    time.sleep(watch.LOOK_EVERY + watch.FIRST_PAUSE)
    assert all_on(folder) == []


def test_servers_of_a_folder_that_was_taken_away_are_left_to_its_new_launcher(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = start(folder / "data")
    shutil.rmtree(folder / "data")
    second = start(folder / "data")  # ends the servers of the first
    try:
        query(second.database_url, "CREATE TABLE kept AS SELECT 7 AS answer")
        pids = {server.pid for server in servers_on(folder)}
        until = time.monotonic() + 20
        while caplog.text.count("is not started again: its data folder was taken away") < 2:
            assert time.monotonic() < until, caplog.text
            time.sleep(0.05)
        first.stop()
        assert {server.pid for server in servers_on(folder)} == pids
        assert query(second.database_url, "SELECT answer FROM kept") == 7
    finally:
        second.stop()


def test_pauses_grow_for_what_ends_again_and_again(
    folder: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, seconds in (("LOOK_EVERY", 0.01), ("FIRST_PAUSE", 0.1), ("LONGEST_PAUSE", 0.4)):
        monkeypatch.setattr(watch, name, seconds)
    server = Server("Thing", myself(), ["/bin/sh", "-c", "echo it is too hot; exit 3"], folder / "thing.log")
    with watch.kept_running([server], lambda: True):
        until = time.monotonic() + 20
        while caplog.text.count("ended (exit 3)") < 5 and time.monotonic() < until:
            time.sleep(0.05)
    ends = [record.getMessage() for record in caplog.records if "ended (exit 3)" in record.getMessage()]
    assert [message.partition(" again in ")[2].partition(" s.")[0] for message in ends[:5]] == [
        *("0.1", "0.2", "0.4", "0.4", "0.4")
    ]
    assert all(message.endswith(f"{folder}/thing.log:\n  it is too hot") for message in ends)
    said = (folder / "thing.log").read_text()
    time.sleep(0.5)
    assert (folder / "thing.log").read_text() == said


def test_nothing_is_started_by_a_launcher_that_was_told_to_stop(folder: Path) -> None:
    told: list[bool] = []
    embedded = start(folder / "data", stopping=lambda: bool(told))
    told.append(True)
    try:
        kill_all(folder)
        time.sleep(watch.LOOK_EVERY + watch.FIRST_PAUSE + 0.5)
        assert servers_on(folder) == []
    finally:
        embedded.stop()
    assert all_on(folder) == []


def test_a_start_that_fails_is_repeated(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    (folder / "thing").write_text("#!/bin/sh\nexec sleep 60\n")
    (folder / "thing").chmod(0o755)
    server = Server("Thing", myself(), [str(folder / "thing")], folder / "thing.log")
    try:
        with watch.kept_running([server], lambda: True):
            (folder / "thing").rename(folder / "away")
            psutil.Process(server.pid).kill()
            eventually(lambda: caplog.text.index("Thing could not be started again"))
            (folder / "away").rename(folder / "thing")
            until = time.monotonic() + 20
            while server.ended() and time.monotonic() < until:
                time.sleep(0.05)
            assert server.ended() == ""
    finally:
        server.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_an_ordinary_users_servers_come_back_as_his(folder: Path) -> None:
    user = nobody()
    if not user.reaches(("-x", postgres._wheel()[0] / "bin/postgres"), ("-r", Path(__file__))):
        pytest.skip("the environment's programs cannot be read by the user nobody")
    os.chown(folder, user.uid, user.gid)
    with launched(folder / "data", user.name) as launcher:
        query(launcher.database_url, "CREATE TABLE kept AS SELECT 7 AS answer")
        publish(launcher.nats_url, b"one")
        kill_all(folder)
        assert eventually(lambda: query(launcher.database_url, "SELECT answer FROM kept")) == 7
        assert eventually(lambda: publish(launcher.nats_url, b"two")) == 2
        assert {process.username() for process in servers_on(folder)} == {user.name}
        launcher.process.communicate("\n")
    assert all_on(folder) == []
