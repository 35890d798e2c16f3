"""Journeys run against the real program, in both placements."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.journeys.program import Program
from tests.journeys.shop import People


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/journeys/" in str(item.path) and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(240))  # the first of a placement waits for the start and the demo


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
