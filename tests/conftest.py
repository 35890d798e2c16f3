"""Real servers for all tests: one PostgreSQL and one NATS per test process."""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests.harness import Alone, alone
from tests.journeys.outside import Outside, outside
from tests.journeys.program import Program
from tradehall.app import load
from tradehall.kernel import embedded
from tradehall.kernel.settings import Settings

PLACEMENTS = ["one process", "processes"]


class ByWhatTheyShare(LoadScopeScheduling):
    """For `pytest -n`: all that share a program run in one test process, and so does each module with its service.

    The marker xdist_group would say the same, but pytest 9.2 no longer lets xdist 3.8 write it into a test's id.
    """

    def _split_scope(self, nodeid: str) -> str:
        test, _, parameters = nodeid.partition("[")
        return next((placement for placement in PLACEMENTS if placement in parameters), test.partition("::")[0])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByWhatTheyShare:
    return ByWhatTheyShare(config, log)


@pytest.fixture(scope="session")
def servers() -> Iterator[Settings]:
    """Where PostgreSQL's own user can reach it, and without waiting for the disk: no test cuts the power."""
    folder = Path(tempfile.mkdtemp(prefix="tradehall-tests-", dir="/tmp"))
    folder.chmod(0o755)
    (folder / "postgres").mkdir()
    (folder / "postgres" / "local.conf").write_text("fsync = off\n")
    started = embedded.start(folder)
    yield Settings(
        data=str(folder),
        database_url=started.database_url,
        nats_url=started.nats_url,
        secret="test-secret-of-sufficient-length-0123",
        pool_size=4,
    )
    started.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
async def it(
    request: pytest.FixtureRequest, servers: Settings, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Alone]:
    """The service that the module's SERVICE names, alone; its SETTINGS, if any, are changes to the settings."""
    (service,) = load([request.module.SERVICE])
    changes = getattr(request.module, "SETTINGS", {})
    async with alone(service, servers, Path(tmp_path_factory.mktemp("alone")), **changes) as harness:
        yield harness


@pytest.fixture(scope="session")
async def around() -> AsyncIterator[Outside]:
    """What the program with the demo stores reaches."""
    async with outside() as found:
        yield found


@pytest.fixture(scope="session", params=PLACEMENTS)
def program(request: pytest.FixtureRequest, around: Outside) -> Iterator[Program]:
    """With the demo stores."""
    processes = request.param == "processes"
    if processes and not shutil.which(os.environ.get("TRADEHALL_CADDY", "caddy")):
        pytest.skip("no caddy: apt-get install caddy, or set TRADEHALL_CADDY")
    program = Program(processes=processes, **around.environ)
    failed = request.session.testsfailed
    try:
        program.start().wait_ready()
        program.wait_demo()
        yield program
    finally:
        program.end(keep=request.session.testsfailed > failed)
