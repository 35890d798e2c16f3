"""`tradehall plans`: made from the command line, refused with the rule, listed."""

from collections.abc import Iterator

import pytest

from tests.journeys.program import Program


@pytest.fixture(scope="module")
def folder() -> Iterator[Program]:
    """A data folder on which nothing runs: each command starts its own servers."""
    program = Program(demo=False)
    yield program
    program.end()


@pytest.mark.timeout(240)
def test_plans_are_saved_listed_and_given_to_stores(folder: Program) -> None:
    migrated = folder.run("migrate")
    assert migrated.returncode == 0, migrated.stderr
    limits = ("--products", "100", "--staff", "2")
    saved = folder.run("plans", "save", "starter", "--name", "Starter", "--price", "1900", "--cycle", "12:10", *limits)
    assert saved.returncode == 0, saved.stderr
    listed = folder.run("plans", "list").stdout
    assert listed.split() == ["starter", "19.00", "USD", "12:10", "100", "2", "-", "public"]
    wrong = folder.run("plans", "save", "NO", "--name", "X", "--price", "-1", "--cycle", "5:0")
    assert wrong.returncode == 1
    for field in ("code", "price", "cycles[0]"):
        assert field in wrong.stderr
    made = folder.run("stores", "create", "lamps", "Lamps", "--plan", "starter")
    assert made.returncode == 0, made.stderr
    assert '"products": 100' in folder.run("stores", "show", "lamps").stdout
    assert folder.run("stores", "create", "more", "More", "--plan", "nothing").returncode == 1
