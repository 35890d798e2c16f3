"""A folder that PostgreSQL's own user can enter: as root, pytest's `tmp_path` is closed to everybody else."""

import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tradehall.kernel.embedded import postgres
from tradehall.kernel.embedded.system import end_leftovers


@pytest.fixture
def folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="th-embedded-", dir="/tmp")).resolve()
    path.chmod(0o755)
    yield path
    for cluster in [*path.rglob("cluster"), path / "data/postgres/cluster"]:
        end_leftovers("postgres", cluster, (signal.SIGQUIT, 5.0))
    for config in [*path.rglob("nats.conf"), path / "data/nats.conf"]:
        end_leftovers("nats-server", config, (signal.SIGTERM, 5.0))
    shutil.rmtree(path)


@pytest.fixture
def elsewhere(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stands for /var/lib/tradehall."""
    path = folder / "var-lib"
    monkeypatch.setattr(postgres, "ELSEWHERE", path)
    return path


@pytest.fixture
def closed(folder: Path) -> Path:
    """Stands for /root: nobody but its owner may enter."""
    path = folder / "closed"
    path.mkdir(mode=0o700)
    return path
