"""Idempotency-Key, and requests that share a transaction."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.harness import Alone
from tests.kernel.asking import problem
from tests.kernel.shop import api
from tradehall.kernel.ids import uuid7


def purchase(client: httpx.AsyncClient, key: str | None, **body: Any) -> Any:
    headers = {"idempotency-key": key} if key is not None else {}
    return client.post("/api/v1/purchases", json=body, headers=headers)


async def test_same_key_gives_the_same_answer_and_works_once(shop: Alone) -> None:
    client, key = shop.client(), str(uuid7())
    first, second = await purchase(client, key, a=1), await purchase(client, key, a=1)
    assert (first.status_code, first.content) == (second.status_code, second.content) == (201, first.content)
    assert "idempotent-replay" not in first.headers
    assert second.headers["idempotent-replay"] == "true"


async def test_same_key_with_another_body_is_refused(shop: Alone) -> None:
    client, key = shop.client(), str(uuid7())
    await purchase(client, key, a=1)
    problem(await purchase(client, key, a=2), 422, "idempotency-key-reused")


@pytest.mark.parametrize("key", [None, "", "x" * 201, "\t"])
async def test_key_is_required(shop: Alone, key: str | None) -> None:
    body = problem(await purchase(shop.client(), key), 400, "bad-request")
    assert body["errors"][0]["field"] == "Idempotency-Key"


async def test_concurrent_requests_with_one_key_work_once(shop: Alone) -> None:
    client, key = shop.client(), str(uuid7())
    answers = await asyncio.gather(*(purchase(client, key, takes=0.1, note=key) for _ in range(4)))
    assert await shop.sql("SELECT number FROM notes WHERE name = $1", key) == [(1,)]
    assert {answer.content for answer in answers} == {answers[0].content}
    assert sorted("idempotent-replay" in answer.headers for answer in answers) == [False, True, True, True]


async def test_refused_request_leaves_its_key_free(shop: Alone) -> None:
    client, key = shop.client(), str(uuid7())
    problem(await purchase(client, key, refuse=True), 409, "conflict")
    assert (await purchase(client, key)).status_code == 201


async def test_keys_of_different_people_and_stores_do_not_collide(shop: Alone) -> None:
    key = str(uuid7())
    clients = [shop.client("shopper"), shop.client("shopper"), shop.client(), shop.client(store=shop.other)]
    answers = [await purchase(client, key, who=n) for n, client in enumerate(clients)]
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.content for answer in answers}) == 4


async def test_requests_that_come_at_the_same_moment_share_a_transaction(shop: Alone) -> None:
    client, name, before = shop.client(), str(uuid7()), len(api.batches)
    answers = await asyncio.gather(*(purchase(client, f"{name}-{n}", takes=0.01, note=name) for n in range(20)))
    assert [answer.status_code for answer in answers] == [201] * 20
    assert len({answer.content for answer in answers}) == 20
    assert len(await shop.sql("SELECT FROM notes WHERE name = $1", name)) == 20
    batches = api.batches[before:]
    assert sum(batches) == 20
    assert len(batches) < 10


async def test_one_that_is_refused_or_breaks_spoils_nothing_for_those_it_came_with(shop: Alone) -> None:
    client, name = shop.client(), str(uuid7())
    bodies: list[dict[str, Any]] = [{"takes": 0.1}, {}, {"refuse": True}, {}, {"breaks": True}, {}]
    answers = await asyncio.gather(*(purchase(client, f"{name}-{n}", note=name, **b) for n, b in enumerate(bodies)))
    assert [answer.status_code for answer in answers] == [201, 201, 409, 201, 409, 201]
    assert len(await shop.sql("SELECT FROM notes WHERE name = $1", name)) == 4


async def test_requests_of_different_stores_share_nothing(shop: Alone) -> None:
    name = str(uuid7())
    clients = [shop.client(), shop.client(store=shop.other)] * 4
    answers = await asyncio.gather(*(purchase(c, f"{name}-{n}", note=name) for n, c in enumerate(clients)))
    assert [answer.status_code for answer in answers] == [201] * 8
    for store in (shop.store, shop.other):
        assert len(await shop.sql("SELECT FROM notes WHERE name = $1", name, store=store)) == 4


async def test_one_whose_client_has_gone_is_answered_to_nobody(shop: Alone) -> None:
    client, name = shop.client(), str(uuid7())
    first = asyncio.create_task(purchase(client, f"{name}-0", takes=0.2, note=name))
    gone = asyncio.create_task(purchase(client, f"{name}-1", note=name))
    stays = asyncio.create_task(purchase(client, f"{name}-2", note=name))
    await asyncio.sleep(0.1)
    gone.cancel()
    assert [answer.status_code for answer in await asyncio.gather(first, stays)] == [201, 201]
