"""What every request passes: correlation id, headers, limits, the cache of answers."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from tests.harness import Alone
from tests.kernel.asking import problem
from tradehall.kernel.edge import AnswerCache
from tradehall.kernel.http import MAX_BODY

# --- correlation id, headers, limits


async def test_correlation_id_is_given_back(shop: Alone) -> None:
    answer = await shop.client().get("/api/v1/store", headers={"x-correlation-id": "abc-123"})
    assert answer.headers["x-correlation-id"] == "abc-123"


@pytest.mark.parametrize(
    "nasty", [b"", b"-", b"a b", b"x" * 65, b'{"a":1}', b"\xc3\xa9", b"<script>", b"a\tb", b"../.."]
)
async def test_nasty_correlation_id_is_replaced(shop: Alone, nasty: bytes) -> None:
    answer = await shop.client().get("/health/live", headers=[(b"x-correlation-id", nasty)])
    assert answer.headers["x-correlation-id"].isalnum()
    assert answer.headers["x-correlation-id"].encode() != nasty


async def test_each_request_has_an_id_of_its_own(shop: Alone) -> None:
    client = shop.client()
    ids = {(await client.get("/health/live")).headers["x-correlation-id"] for _ in range(5)}
    assert len(ids) == 5


@pytest.mark.parametrize("path", ["/api/v1/things", "/api/v1/nowhere", "/api/v1/me", "/api/v1/crash", "/health/live"])
async def test_security_headers_are_on_every_answer(shop: Alone, path: str) -> None:
    headers = (await shop.client().get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "strict-origin-when-cross-origin"
    policy = headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "x-tradehall-cacheable" not in headers


async def test_big_body_is_refused_by_its_length(shop: Alone) -> None:
    answer = await shop.client().post("/api/v1/things", content=b" " * (MAX_BODY + 1))
    problem(answer, 413, "too-large")


async def test_big_body_is_refused_while_it_comes_in_chunks(shop: Alone) -> None:
    sent = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(64):
            sent += 1
            yield b" " * (MAX_BODY // 8)

    answer = await shop.client().post("/api/v1/things", content=chunks(), headers={"content-type": "application/json"})
    problem(answer, 413, "too-large")


@pytest.mark.parametrize("length", ["-1", "x", "1e3", "99999999999999999999"])
async def test_nonsense_content_length_is_no_crash(shop: Alone, length: str) -> None:
    answer = await shop.client().post("/api/v1/things", content=b"{}", headers={"content-length": length})
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == "application/problem+json"


# --- the answer cache and ETags


@pytest.fixture
def fresh(shop: Alone) -> None:
    shop.running.answers._entries.clear()


@pytest.mark.usefixtures("fresh")
class TestAnswerCache:
    async def test_same_answer_is_served_from_memory(self, shop: Alone) -> None:
        client = shop.client()
        assert (await client.get("/api/v1/things")).content == (await client.get("/api/v1/things")).content

    async def test_dropped_answer_is_made_anew(self, shop: Alone) -> None:
        client = shop.client()
        first, elsewhere = await client.get("/api/v1/things"), await shop.client(store=shop.other).get("/api/v1/things")
        shop.running.answers.drop(shop.store.id)
        assert (await client.get("/api/v1/things")).json()["served"] > first.json()["served"]
        assert (await shop.client(store=shop.other).get("/api/v1/things")).json() == elsewhere.json()

    async def test_answer_ages_within_a_second(self, shop: Alone, monkeypatch: pytest.MonkeyPatch) -> None:
        assert shop.running.answers.LIFE <= 1
        monkeypatch.setattr(shop.running.answers, "LIFE", 0.05)
        first = await shop.client().get("/api/v1/things")
        await asyncio.sleep(0.1)
        assert (await shop.client().get("/api/v1/things")).content != first.content

    async def test_stores_have_answers_of_their_own(self, shop: Alone) -> None:
        here, there = shop.client(), shop.client(store=shop.other)
        assert (await here.get("/api/v1/things")).json()["store"] == shop.store.slug
        assert (await there.get("/api/v1/things")).json()["store"] == shop.other.slug

    async def test_query_tells_answers_apart(self, shop: Alone) -> None:
        client = shop.client()
        assert (await client.get("/api/v1/things?a=1")).content != (await client.get("/api/v1/things?a=2")).content

    async def test_answers_to_who_is_signed_in_are_neither_kept_nor_taken_from_memory(self, shop: Alone) -> None:
        guest, shopper = shop.client(), shop.client("shopper")
        kept = await guest.get("/api/v1/things")
        own = await shopper.get("/api/v1/things")
        assert own.content != kept.content
        assert "private" in own.headers["cache-control"]
        assert (await guest.get("/api/v1/things")).content == kept.content

    async def test_failures_are_not_kept(self, shop: Alone) -> None:
        await shop.client().get("/api/v1/crash")
        await shop.client().get("/api/v1/notes")
        assert not shop.running.answers._entries

    async def test_unchanged_answer_is_304_without_a_body(self, shop: Alone) -> None:
        client = shop.client()
        etag = (await client.get("/api/v1/things")).headers["etag"]
        for sent in (etag, f"W/{etag}", f'"other", {etag}', "*"):
            answer = await client.get("/api/v1/things", headers={"if-none-match": sent})
            assert (answer.status_code, answer.content) == (304, b""), sent
            assert answer.headers["etag"] == etag
            assert "x-correlation-id" in answer.headers
        answer = await client.get("/api/v1/things", headers={"if-none-match": '"other"'})
        assert answer.status_code == 200


async def test_answer_cache_holds_so_many_and_no_more(shop: Alone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shop.running.answers, "ENTRIES", 5)
    shop.running.answers._entries.clear()
    for n in range(20):
        await shop.client().get(f"/api/v1/things?n={n}")
    assert len(shop.running.answers._entries) == 5


def test_answers_that_are_over_are_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    cache, clock = AnswerCache(), [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    for n in range(10):
        clock[0] += 0.25
        cache.put(("store", f"/{n}", b""), [], b"x" * 1000)
    assert [key[1] for key in cache._entries] == ["/5", "/6", "/7", "/8", "/9"]
    assert all(cache.get(key) is not None for key in cache._entries)


def test_of_many_events_the_first_drops_answers_and_none_is_shown_longer_than_its_life(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cache, clock = AnswerCache(), [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    here, there = ("here", "/", b""), ("there", "/", b"")

    def kept() -> list[bool]:
        return [cache.get(key) is not None for key in (here, there)]

    for key in (here, there):
        cache.put(key, [], b"before")
    cache.drop_soon("here")
    assert kept() == [False, True]
    for _ in range(20):
        cache.put(here, [], b"during")
        born = clock[0]
        while cache.get(here) is not None:
            clock[0] += 0.05
            cache.drop_soon("here")
        assert clock[0] - born <= cache.LIFE + 0.06
    cache.put(here, [], b"after")
    clock[0] += cache.LIFE / 2
    cache.put(here, [], b"at rest")
    clock[0] += cache.LIFE * 0.9
    assert kept()[0], "nothing was heard since"
