"""The stores that every process keeps in memory."""

import msgspec
import pytest

from tests.harness import a_store
from tradehall.contracts.stores import Store
from tradehall.kernel.stores import StoreDirectory, host_name


async def _none() -> list[Store]:
    return []


@pytest.fixture
def directory() -> StoreDirectory:
    return StoreDirectory(_none, default_slug="alpha")


def changed(store: Store, **changes: object) -> Store:
    return msgspec.structs.replace(store, version=store.version + 1, **changes)


def test_an_older_version_changes_nothing(directory: StoreDirectory) -> None:
    store = a_store()
    renamed = changed(store, name="New", hosts=["new.example"])
    directory.put(renamed)
    directory.put(store)
    assert directory.by_host("new.example") == renamed
    assert directory.by_host(store.hosts[0]) is None
    assert directory.all() == [renamed]


def test_a_host_that_went_to_another_store_stays_there_whichever_is_heard_first(directory: StoreDirectory) -> None:
    one, other = a_store("alpha", hosts=["alpha.localhost", "shop.example"]), a_store("beta")
    without = changed(one, hosts=["alpha.localhost"])
    having = changed(other, hosts=["beta.localhost", "shop.example"])
    for first, second in ((without, having), (having, without)):
        directory = StoreDirectory(_none, default_slug="alpha")
        for store in (one, other, first, second):
            directory.put(store)
        assert directory.by_host("shop.example") == having
        assert directory.by_host("alpha.localhost") == without


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Shop.Example", "shop.example"),
        ("shop.example:8000", "shop.example"),
        ("shop.example.", "shop.example"),
        ("shop.example.:80", "shop.example"),
        ("[::1]:80", "[::1]"),
        ("[::1]", "[::1]"),
        ("", ""),
        (":", ""),
    ],
)
def test_a_host_header_is_read_as_a_name(header: str, name: str) -> None:
    assert host_name(header) == name


def test_addresses_mean_the_default_store_and_are_no_host_of_it(directory: StoreDirectory) -> None:
    store = a_store()
    directory.put(store)
    for address in ("127.0.0.1", "127.0.0.1:8000", "[::1]:8000", "localhost:8000"):
        assert directory.by_host(address) == store
        assert not directory.knows(address)
    assert directory.knows("ALPHA.localhost:80")


def test_one_change_among_many_stores_touches_one(directory: StoreDirectory) -> None:
    stores = [a_store(f"s{n}") for n in range(1000)]
    for store in stores:
        directory.put(store)
    renamed = changed(stores[500], hosts=["moved.example"])
    directory.put(renamed)
    assert [directory.by_host(store.hosts[0]) for store in stores] == [*stores[:500], None, *stores[501:]]
    assert directory.by_host("moved.example") is renamed
    assert len(directory.all()) == 1000
