"""Fixtures of the orders service's tests."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from tests.harness import Alone
from tradehall.contracts.stores import OrderProfile


@pytest.fixture
def with_profile(it: Alone) -> Iterator[Any]:
    """Gives the store an order profile, and other settings, until the test ends."""
    before = it.running.stores.by_slug(it.store.slug)
    assert before is not None

    def give(*, settings: dict[str, Any] | None = None, **profile: Any) -> None:
        current = it.running.stores.by_slug(it.store.slug)
        assert current is not None
        changes = {"order_profile": OrderProfile(**profile), "order_number_prefix": "AL-", **(settings or {})}
        it.running.stores.put(msgspec.structs.replace(current, version=current.version + 1, **changes))

    yield give
    now = it.running.stores.by_slug(it.store.slug)
    assert now is not None
    it.running.stores.put(msgspec.structs.replace(before, version=now.version + 1))
