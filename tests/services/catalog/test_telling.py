"""Telling of many products anew, as after a move of their category: once for all who wait, one product at a time."""

import asyncio
from uuid import UUID

import httpx
import msgspec
import pytest

from tests.harness import Alone
from tests.services.catalog.goods import a_seller, make
from tradehall.contracts.catalog import ProductsToTell, ProductUpdated
from tradehall.kernel.db import Tx
from tradehall.kernel.service import TaskContext
from tradehall.services.catalog import saving
from tradehall.services.catalog.tasks import tell_again

SERVICE = "catalog"


@pytest.fixture(scope="module")
async def seller(it: Alone) -> httpx.AsyncClient:
    return (await a_seller(it, "teller"))[1]


def context_of(it: Alone) -> TaskContext:
    return TaskContext(it.db, frozenset({it.store.id}), it.running)


async def told(it: Alone, product_id: UUID) -> int:
    """How often so far."""
    await it.caught_up()
    updates = [
        msgspec.json.decode(payload, type=ProductUpdated)
        for _, name, payload in it.heard
        if name == ProductUpdated.event_name()
    ]
    return sum(update.product_id == product_id for update in updates)


async def test_what_several_wait_for_is_told_once(it: Alone, seller: httpx.AsyncClient) -> None:
    ids = [UUID((await make(seller, f"Told {n}"))["id"]) for n in range(3)]
    task = ProductsToTell(product_ids=ids, as_is=True)
    async with it.running.bulk:
        waiting = [asyncio.create_task(tell_again(task, context_of(it))) for _ in range(5)]
        await asyncio.sleep(0)
        saved = await seller.patch(f"/api/v1/products/{ids[0]}", json={"name": "Told last"})
        assert saved.status_code == 200, "a seller waits for none of them"
    await asyncio.gather(*waiting)
    assert [await told(it, id) for id in ids] == [2, 1, 1]
    await tell_again(task, context_of(it))
    assert [await told(it, id) for id in ids] == [3, 2, 2], "it is told anew to who comes later"


async def test_who_comes_while_it_is_told_has_it_told_again(
    it: Alone, seller: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    product_id = UUID((await make(seller))["id"])
    task = ProductsToTell(product_ids=[product_id], as_is=True)
    begun, go_on = asyncio.Event(), asyncio.Event()
    tell = saving.tell_again

    async def slowly(tx: Tx, product_id: UUID, store_id: UUID) -> None:
        await tell(tx, product_id, store_id)
        begun.set()
        await go_on.wait()

    monkeypatch.setattr(saving, "tell_again", slowly)
    first = asyncio.create_task(tell_again(task, context_of(it)))
    await begun.wait()
    second = asyncio.create_task(tell_again(task, context_of(it)))
    await asyncio.sleep(0.05)
    go_on.set()
    await asyncio.gather(first, second)
    assert await told(it, product_id) == 2


async def test_what_fails_fails_for_all_and_may_be_tried_again(
    it: Alone, seller: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    product_id = UUID((await make(seller))["id"])
    task = ProductsToTell(product_ids=[product_id], as_is=True)

    async def broken(tx: Tx, product_id: UUID, store_id: UUID) -> None:
        raise OSError("away")

    with monkeypatch.context() as patched:
        patched.setattr(saving, "tell_again", broken)
        ends = await asyncio.gather(*(tell_again(task, context_of(it)) for _ in range(3)), return_exceptions=True)
    assert [type(end) for end in ends] == [OSError] * 3
    assert await told(it, product_id) == 0
    await tell_again(task, context_of(it))
    assert await told(it, product_id) == 1
