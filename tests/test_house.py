"""Rules of the house that no other tool checks."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LIMIT = 400
# Longer files, and why they stay whole.
LONG = {
    "tests/journeys/test_tenancy.py": "the table of all routes, and what is asked of each",
    "tests/services/inventory/test_stateful.py": "one state machine",
    "tests/services/stores/test_subscriptions.py": "one subscription's life, from the first bill to leaving",
    "tests/web/fake_api.py": "the public API in memory, one class",
}


def lines(path: Path) -> int:
    return len(path.read_text().splitlines())


@pytest.mark.parametrize("folder", ["src", "tests", "bench"])
def test_no_file_is_long_without_a_reason(folder: str) -> None:
    long = {str(path.relative_to(ROOT)) for path in (ROOT / folder).rglob("*.py") if lines(path) > LIMIT}
    assert long <= set(LONG)


def test_reasons_are_given_for_long_files_only() -> None:
    assert [name for name in LONG if lines(ROOT / name) <= LIMIT] == []
