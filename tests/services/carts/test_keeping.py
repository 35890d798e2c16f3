"""What every place that keeps carts promises, tried from several processes at once."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.harness import Alone
from tests.services.carts.filling import CART, ITEMS, add, cart_of, first, for_sale
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.ids import uuid7
from tradehall.services.carts import model
from tradehall.services.carts.keeping import Change, Keeping, keeping_for
from tradehall.services.carts.keeping.postgres import InPostgres
from tradehall.services.carts.keeping.redis import InRedis
from tradehall.services.carts.model import Cart, CartConflict, Goods, Line, Owner, Wanted
from tradehall.services.carts.queries import goods


class Process:
    """As another process would reach the carts: with nothing in memory that this one knows of."""

    def __init__(self, it: Alone) -> None:
        self.store = it.store.id
        self.db = Database("carts", it.db.pool, it.db.settings, lambda: None)
        url = it.db.settings.carts_url
        self.keeping: Keeping = InRedis(url) if url else InPostgres()

    async def put(self, owner: Owner, variant_id: UUID, quantity: int, mode: model.Mode = "add") -> bool:
        """False where the cart was changed elsewhere three times."""
        item = Wanted(variant_id=variant_id, quantity=quantity)
        change = Change(owner, lambda cart, goods: model.put(cart, item, goods, mode), (variant_id,))
        try:
            await self.keeping.change(self.db, self.store, change)
        except CartConflict:
            return False
        return True

    async def look(self, owner: Owner) -> Cart:
        return (await self.keeping.look(self.db, self.store, owner))[0]


@asynccontextmanager
async def processes(it: Alone, number: int) -> AsyncIterator[list[Process]]:
    started = [Process(it) for _ in range(number)]
    try:
        yield started
    finally:
        for process in started:
            await process.keeping.stop(it.running)


async def test_of_changes_from_several_processes_none_that_was_accepted_is_lost(it: Alone) -> None:
    lamp = await for_sale(it, 100, 200)
    owner = Owner(account=uuid7())
    async with processes(it, 3) as started:
        tries = [(p, lamp.variants[n % 2].variant_id, n + 1) for n in range(8) for p in started]
        accepted = await asyncio.gather(*(p.put(owner, variant_id, quantity) for p, variant_id, quantity in tries))
        cart = await started[0].look(owner)
        assert [await p.look(owner) for p in started] == [cart] * 3
    done = [t for t, yes in zip(tries, accepted, strict=True) if yes]
    assert len(done) >= 8
    assert cart.version == len(done)
    expected = {v.variant_id: sum(q for _, id, q in done if id == v.variant_id) for v in lamp.variants}
    assert {line.variant_id: line.quantity for line in cart.lines} == {v: q for v, q in expected.items() if q}


WRITES = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(1, 20), st.sampled_from(["guest", "account"])),
    min_size=1,
    max_size=20,
)


@pytest.fixture(scope="module")
async def shelf(it: Alone) -> list[UUID]:
    return [variant.variant_id for variant in (await for_sale(it, 100, 200, 300)).variants]


@given(writes=WRITES)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_whoever_writes_whatever_when_a_cart_is_the_sum_of_what_was_accepted(
    it: Alone, shelf: list[UUID], writes: list[tuple[int, int, int, str]]
) -> None:
    owners = {"guest": Owner(guest=uuid4()), "account": Owner(account=uuid7())}
    async with processes(it, 3) as started:
        accepted = await asyncio.gather(*(started[p].put(owners[who], shelf[v], q) for p, v, q, who in writes))
        for who, owner in owners.items():
            done = [(shelf[v], q) for (_, v, q, w), yes in zip(writes, accepted, strict=True) if yes and w == who]
            expected = {v: sum(q for id, q in done if id == v) for v, _ in done}
            cart = await started[0].look(owner)
            assert {line.variant_id: line.quantity for line in cart.lines} == expected
            assert cart.version == len(done)


@pytest.fixture
async def intruder(it: Alone, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator["Intruder"]:
    """Another process that changes a cart between this one's reading it and writing it, so many times."""
    async with processes(it, 1) as (other,):
        yield Intruder(other, monkeypatch)


class Intruder:
    def __init__(self, other: Process, monkeypatch: pytest.MonkeyPatch) -> None:
        self.other = other
        self.before: list[tuple[Owner, UUID]] = []
        self._read = goods.goods
        monkeypatch.setattr(goods, "goods", self.goods)

    async def goods(self, tx: Tx, lines: Iterable[Line], besides: Iterable[UUID] = ()) -> Goods:
        known = await self._read(tx, lines, besides)
        if self.before and besides:  # a change asks besides; the reminder of an earlier test's cart does not
            owner, variant_id = self.before.pop()
            waiting, self.before = self.before, []
            assert await self.other.put(owner, variant_id, 1)
            self.before = waiting
        return known


@pytest.mark.parametrize(("times", "status"), [(2, 201), (3, 409)])
async def test_a_conflict_is_tried_again_and_after_three_tries_told(
    it: Alone, intruder: Intruder, times: int, status: int
) -> None:
    lamp, guest = await for_sale(it, 100), it.client()
    cart = await add(guest, first(lamp))
    intruder.before = [(Owner(guest=UUID(cart["id"])), first(lamp))] * times
    answer = await guest.post(ITEMS, json={"variant_id": str(first(lamp)), "quantity": 10})
    assert answer.status_code == status, answer.text
    if status == 409:
        assert answer.json()["type"] == "cart-conflict"
    assert intruder.before == []
    assert (await cart_of(guest))["count"] == 1 + times + (10 if status == 201 else 0)


async def test_the_first_change_of_a_cart_conflicts_with_another_first_change(it: Alone, intruder: Intruder) -> None:
    lamp, user = await for_sale(it, 100), uuid7()
    intruder.before = [(Owner(account=user), first(lamp))]
    cart = await add(it.client("shopper", user_id=user), first(lamp), 10)
    assert (cart["count"], cart["version"]) == (11, 2)


async def test_a_strict_client_changes_what_it_saw_and_nothing_else(it: Alone) -> None:
    lamp, guest = await for_sale(it, 100), it.client()
    body = {"variant_id": str(first(lamp)), "quantity": 1}
    answer = await guest.post(ITEMS, json=body, headers={"if-match": '"0"'})
    assert (answer.status_code, answer.headers["etag"]) == (201, '"1"')
    assert (await guest.get(CART)).headers["etag"] == '"1"'
    await add(guest, first(lamp))
    for answer in (
        await guest.post(ITEMS, json=body, headers={"if-match": '"1"'}),
        await guest.put(f"{ITEMS}/{first(lamp)}", json={"quantity": 9}, headers={"if-match": '"1"'}),
        await guest.delete(f"{ITEMS}/{first(lamp)}", headers={"if-match": '"3"'}),
        await guest.delete(CART, headers={"if-match": '"1"'}),
        await guest.post(f"{CART}/lines", json={"lines": [body]}, headers={"if-match": '"1"'}),
        await guest.post(f"{CART}/acknowledge", json={}, headers={"if-match": '"1"'}),
        await guest.put(f"{CART}/selection", json={"variant_ids": []}, headers={"if-match": '"1"'}),
    ):
        assert (answer.status_code, answer.json()["type"]) == (412, "cart-changed")
        assert answer.json()["extra"] == {"version": 2}
    assert (await guest.post(ITEMS, json=body, headers={"if-match": "*"})).status_code == 201
    for wrong in ("1", '"x"', 'W/"1"', '"1", "2"', '"99999999999999"', '"-1"', ""):
        answer = await guest.post(ITEMS, json=body, headers={"if-match": wrong})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "If-Match")


async def test_a_fact_whose_transaction_fails_counts_once_when_it_comes_again(it: Alone) -> None:
    lamp = await for_sale(it, 100)
    guest, account = Owner(guest=uuid4()), Owner(account=uuid7())

    async def hear(carts: Keeping, *, dies: bool) -> Mapping[Owner, Cart]:
        def move_one(carts: Mapping[Owner, Cart]) -> Sequence[Cart]:
            taken = model.ordered(carts[guest], [(first(lamp), 1)])
            return [taken, model.filled(carts[account], [Wanted(variant_id=first(lamp))], known)]

        async with it.db.transaction(it.store.id) as tx:
            after = await carts.follow(tx, "a fact", [guest, account], move_one)
            if dies:
                raise ZeroDivisionError
            return after

    async with processes(it, 2) as (one, other):
        await one.put(guest, first(lamp), 5)
        _, known = await one.keeping.look(one.db, it.store.id, guest)
        with pytest.raises(ZeroDivisionError):
            await hear(one.keeping, dies=True)
        after = await hear(other.keeping, dies=False)
        assert [await one.look(owner) for owner in (guest, account)] == [after[guest], after[account]]
    assert [[line.quantity for line in after[owner].lines] for owner in (guest, account)] == [[4], [1]]


async def test_what_an_event_does_to_two_carts_is_done_to_both_or_neither(it: Alone) -> None:
    lamp = await for_sale(it, 100)
    guest, account = Owner(guest=uuid4()), Owner(account=uuid7())
    async with processes(it, 2) as (one, other):
        await one.put(guest, first(lamp), 3)

        async def merge() -> None:
            async with it.db.transaction(it.store.id) as tx:
                await keeping_for(it.db.settings).follow(
                    tx,
                    f"log-in {uuid7()}",
                    [guest, account],
                    lambda carts: list(model.merged(carts[account], carts[guest])) if carts[guest].lines else [],
                )

        done = 3
        for _ in range(5):
            *accepted, _merged = await asyncio.gather(
                one.put(guest, first(lamp), 1), other.put(account, first(lamp), 1), merge(), return_exceptions=True
            )
            assert all(isinstance(a, bool) for a in accepted)
            done += accepted.count(True)
        counts = [sum(line.quantity for line in (await one.look(owner)).lines) for owner in (guest, account)]
    assert sum(counts) == done
