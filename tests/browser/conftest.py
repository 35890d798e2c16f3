"""Browser tests walk through the real program, all services in one process, with Debian's chromium."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from playwright.async_api import Browser

from tests.browser.visitor import Visitor, browsing, executable, visitor
from tests.journeys.program import Program
from tests.journeys.shop import People

Visit = Callable[..., Awaitable[Visitor]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/browser/" in str(item.path) and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(240))  # the first one waits for the start and the demo


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "program" in metafunc.fixturenames:
        one = pytest.mark.parametrize("program", ["one process"], indirect=True, scope="session")
        metafunc.definition.add_marker(one)


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    try:
        executable()
    except FileNotFoundError as missing:
        pytest.skip(str(missing))
    async with browsing() as browser:
        yield browser


@pytest.fixture
async def visit(chromium: Browser, program: Program) -> AsyncIterator[Visit]:
    """Opens a browser at a store. In the end no page may have complained."""
    visitors: list[Visitor] = []

    async def open_store(store: str, *, script: bool = True) -> Visitor:
        found = await visitor(chromium, f"http://{store}.localhost:{program.port}", script=script)
        visitors.append(found)
        await found.open()
        return found

    yield open_store
    for found in visitors:
        await found.page.context.close()
    assert [complaint for found in visitors for complaint in found.complaints] == []


@pytest.fixture
async def people(program: Program) -> AsyncIterator[People]:
    """Those who look into the store's data beside the browser."""
    people = People(program)
    yield people
    await people.close()
