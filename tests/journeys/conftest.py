"""Journeys run against the real program, in both placements."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.journeys.program import Program
from tests.journeys.shop import People

PLACEMENTS = ["one process", "processes"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/journeys/" in str(item.path) and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(240))  # the first of a placement waits for the start and the demo


@pytest.fixture(scope="session", params=PLACEMENTS)
def program(request: pytest.FixtureRequest) -> Iterator[Program]:
    """With the demo stores."""
    processes = request.param == "processes"
    if processes and not shutil.which(os.environ.get("TRADEHALL_CADDY", "caddy")):
        pytest.skip("no caddy: apt-get install caddy, or set TRADEHALL_CADDY")
    program = Program(processes=processes)
    failed = request.session.testsfailed
    try:
        program.start().wait_ready()
        program.wait_demo()
        yield program
    finally:
        program.end(keep=request.session.testsfailed > failed)


@pytest.fixture
async def people(program: Program) -> AsyncIterator[People]:
    people = People(program)
    yield people
    await people.close()


@pytest.fixture
def alone(request: pytest.FixtureRequest) -> Iterator[list[Program]]:
    """Programs of a test's own: whatever it puts here is ended."""
    programs: list[Program] = []
    failed = request.session.testsfailed
    yield programs
    for program in programs:
        program.end(keep=request.session.testsfailed > failed)
