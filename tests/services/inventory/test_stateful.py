"""Whatever happens in whatever order, and whenever the service dies: the books are right and stock is never sold twice.

Hypothesis plays a store: people move and count stock, orders come, are paid, expire and end, events come twice, together or
too early, the service is stopped in the middle. After every step the tables must agree with what the orders were told.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any, TypeVar
from uuid import UUID

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from tests.harness import Alone, a_store, alone, eventually
from tests.makers import an_address, confirmed, less, lines_of, placed
from tests.services.inventory.stocking import a_warehouse, change, drift, known, transfer
from tradehall.app import load
from tradehall.contracts.inventory import HoldExpiryDue, ProductQuantityUpdated
from tradehall.contracts.orders import OrderCancelled, OrderPlaced, SaleReduced
from tradehall.contracts.payments import PaymentUpdated
from tradehall.contracts.values import Event
from tradehall.kernel.db import Tx
from tradehall.kernel.ids import uuid7
from tradehall.kernel.settings import Settings

T = TypeVar("T")

PLACES = {"main": "02139", "mid": "60601", "far": "90210"}

MOVES = ["receive", "receive", "receive", "remove", "count", "adjust"]
CODES = sorted(PLACES)


def a_wish(random: Random) -> tuple[tuple[int, int], str]:
    """How many of each variant, and near which place."""
    return (random.randrange(4), random.randint(0 if random.random() < 0.3 else 1, 4)), random.choice(CODES)


# What may happen, how often, and what is drawn for it.
STEPS: dict[str, tuple[int, Callable[[Random], tuple[Any, ...]]]] = {
    "move": (5, lambda r: (r.choice(MOVES), r.randrange(2), r.choice(CODES), r.randint(1, 6))),
    "carry": (2, lambda r: (r.randrange(2), r.sample(CODES, 2), r.randint(1, 4))),
    "begin_count": (2, lambda r: (r.choice(CODES), [r.randrange(9), r.randrange(9)])),
    "end_count": (2, lambda r: (r.choice(["book", "book", "drop"]),)),
    "sell_ahead": (2, lambda r: (r.randrange(2), r.choice([None, 0, 2, 5]))),
    "close": (2, lambda r: (r.choice(CODES),)),
    "open_again": (1, lambda r: (r.choice(CODES),)),
    "listen": (4, lambda r: ()),
    "place_order": (6, a_wish),
    "pay": (5, lambda r: (r.randrange(9),)),
    "cancel": (3, lambda r: (r.randrange(9),)),
    "take_back": (
        4,
        lambda r: (r.randrange(9), r.randrange(2), r.randint(1, 4), r.choice(["cancelled", "returned", "broken"])),
    ),
    "look_at_the_proof": (1, lambda r: (r.randrange(9),)),
    "let_time_pass": (2, lambda r: (r.randrange(9),)),
    "end_before_it_began": (1, a_wish),
    "deliver_again": (1, lambda r: (r.random() < 0.5,)),
    "all_at_once": (2, lambda r: ([a_wish(r) for _ in range(r.randint(1, 3))], r, r.random() < 0.4)),
    "die_before_the_commit": (1, lambda r: (r.randrange(9), r.randint(1, 2))),
}
BOOKS = """
SELECT v.id, coalesce((SELECT sum(on_hand - reserved) FROM levels WHERE variant_id = v.id), 0)::int AS available,
  coalesce((SELECT sum(quantity - filled) FROM backorders WHERE variant_id = v.id AND state = 'waiting'), 0)::int AS owed,
  v.backorder, v.backorder_limit
FROM variants v
"""
# What each order has of each variant: held or gone from stock, and what it waits for.
HAS = """
SELECT order_id, variant_id, sum(held)::int AS held, sum(gone)::int AS gone, sum(waits)::int AS waits FROM (
  SELECT order_id, variant_id, CASE state WHEN 'held' THEN quantity ELSE 0 END AS held,
    CASE state WHEN 'deducted' THEN quantity ELSE 0 END AS gone, 0 AS waits FROM holds
  UNION ALL SELECT order_id, variant_id, 0, 0, quantity - filled FROM backorders WHERE state = 'waiting') x
GROUP BY order_id, variant_id HAVING sum(held) > 0 OR sum(gone) > 0 OR sum(waits) > 0
"""
# Variants of which there is more, or less, than people brought in and took out, and orders took.
LOST = """
SELECT v.id FROM variants v
WHERE (SELECT coalesce(sum(on_hand_delta), 0) FROM movements WHERE variant_id = v.id AND order_id IS NULL)
  - (SELECT coalesce(sum(quantity), 0) FROM holds WHERE variant_id = v.id AND state = 'deducted')
  <> (SELECT coalesce(sum(on_hand), 0) FROM levels WHERE variant_id = v.id)
"""
CLOSED = """
SELECT w.code FROM warehouses w JOIN levels l ON l.warehouse_id = w.id WHERE NOT w.active AND (l.on_hand, l.reserved) <> (0, 0)
"""


class Order:
    """As the orders service sees it: refused, open, paid, lost (its hold expired) or ended."""

    def __init__(self, event: OrderPlaced) -> None:
        self.event = event
        self.state = "placed"
        self.less: Counter[UUID] = Counter()

    @property
    def id(self) -> UUID:
        return self.event.order_id

    @property
    def wanted(self) -> dict[UUID, int]:
        return {line.variant_id: line.quantity - self.less[line.variant_id] for line in self.event.lines}


class Store(RuleBasedStateMachine):
    """Bound to a running service by `playing`."""

    it: Alone
    runner: asyncio.Runner

    def __init__(self) -> None:
        super().__init__()
        self.store = a_store(f"s{uuid7().hex[-12:]}")
        self.orders: list[Order] = []
        self.sheets: list[str] = []
        self.sent: int = len(self.it.sent)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def admin(self) -> Any:
        return self.it.client("store_admin", store=self.store)

    async def given(self, event: Event, key: UUID) -> None:
        await self.it.given(event, key=key, store=self.store)

    async def sql(self, sql: str, *args: object) -> list[Any]:
        return await self.it.sql(sql, *args, store=self.store)

    def accepted(self, answer: Any) -> bool:
        assert answer.status_code in (200, 201, 409), answer.text
        return answer.status_code != 409

    @initialize(seed=st.integers(0, 2**32))
    def open(self, seed: int) -> None:
        self.random = Random(seed)
        self.run(self._open([self.random.randrange(5) for _ in range(6)], self.random.randint(1, 6)))

    async def _open(self, stock: list[int], ahead: int) -> None:
        self.it.running.stores.put(self.store)
        for code, zip_code in PLACES.items():
            await a_warehouse(self.it, code, zip_code, store=self.store)
        self.product = await known(self.it, 100, 200, store=self.store)
        self.variants = [variant.variant_id for variant in self.product.variants]
        for n, quantity in enumerate(stock):
            if quantity:
                await change(self.admin(), "receive", self.variants[n % 2], quantity, sorted(PLACES)[n % 3])
        await self._sell_ahead(1, ahead)

    @rule()
    def happens(self) -> None:
        """What it is comes from the seed alone: of rules Hypothesis leaves some out for a whole example, and of details it
        repeats those it had; in the few examples that there is time for too little would come together."""
        name = self.random.choices(list(STEPS), [often for often, _ in STEPS.values()])[0]
        details = STEPS[name][1](self.random)
        note(f"  {name}{details}")
        getattr(self, name)(*details)

    # --- people

    def move(self, kind: str, variant: int, place: str, quantity: int) -> None:
        by = -quantity if kind == "adjust" and quantity > 2 else quantity
        self.accepted(self.run(change(self.admin(), kind, self.variants[variant], by, place, reason="why")))

    def carry(self, variant: int, ways: list[str], quantity: int) -> None:
        self.accepted(self.run(transfer(self.admin(), self.variants[variant], quantity, *ways)))

    def begin_count(self, place: str, counted: list[int]) -> None:
        async def begin() -> None:
            answer = await self.admin().post("/api/v1/counts", json={"warehouse": place})
            if self.accepted(answer):
                sheet = f"/api/v1/counts/{answer.json()['id']}"
                lines = [{"variant_id": str(v), "counted": n} for v, n in zip(self.variants, counted, strict=True)]
                assert (await self.admin().put(f"{sheet}/lines", json={"lines": lines})).status_code == 200
                self.sheets.append(sheet)

        self.run(begin())

    def end_count(self, end: str) -> None:
        if not self.sheets:
            return

        async def finish() -> None:
            if not self.accepted(await self.admin().post(f"{self.sheets[0]}/{end}")):
                await self.admin().post(f"{self.sheets[0]}/drop")

        self.run(finish())
        self.sheets.pop(0)

    def sell_ahead(self, variant: int, limit: int | None) -> None:
        self.run(self._sell_ahead(variant, limit))

    async def _sell_ahead(self, variant: int, limit: int | None) -> None:
        body = {"policy": "deny"} if limit == 0 else {"policy": "allow", "limit": limit}
        path = f"/api/v1/stock/{self.variants[variant]}/backorder"
        assert (await self.admin().put(path, json=body)).status_code == 200

    def close(self, place: str) -> None:
        """Emptied first, as far as orders let it go."""

        async def empty_and_close() -> None:
            for variant in self.variants:
                rows = await self.sql(
                    "SELECT l.on_hand - l.reserved AS free FROM levels l JOIN warehouses w ON w.id = l.warehouse_id "
                    "WHERE w.code = $1 AND l.variant_id = $2 AND l.on_hand > l.reserved",
                    place,
                    variant,
                )
                for row in rows:
                    self.accepted(await change(self.admin(), "remove", variant, row["free"], place))
            self.accepted(await self.admin().post(f"/api/v1/warehouses/{place}/deactivate"))

        self.run(empty_and_close())

    def open_again(self, place: str) -> None:
        self.accepted(self.run(self.admin().post(f"/api/v1/warehouses/{place}/activate")))

    # --- orders

    def new_order(self, quantities: tuple[int, int], place: str) -> Order:
        """At least one of something."""
        quantities = quantities if any(quantities) else (1, 0)
        lines = [line for line in lines_of(self.product, *quantities) if line.quantity]
        return Order(placed(lines, address=an_address(zip=PLACES[place])))

    def place_order(self, quantities: tuple[int, int], place: str) -> None:
        order = self.new_order(quantities, place)
        self.orders.append(order)

        async def place_it() -> None:
            before = {row["id"]: row for row in await self.sql(BOOKS)}
            await self.given(order.event, order.id)
            order.state = "open" if await self._has_anything(order) else "refused"
            fits = all(n <= _orderable(before[variant]) for variant, n in order.wanted.items())
            assert (order.state == "open") == fits, "refused although it could be had, or the other way round"

        self.run(place_it())

    async def _has_anything(self, order: Order) -> bool:
        return any(row["order_id"] == order.id for row in await self.sql(HAS))

    def some(self, number: int, *states: str) -> Order | None:
        fitting = [order for order in self.orders if order.state in states]
        return fitting[number % len(fitting)] if fitting else None

    def pay(self, number: int) -> None:
        """Also one whose hold has just expired: orders had not heard of it yet."""
        if order := self.some(number, "open", "lost"):
            self.run(self.given(confirmed(order.event), order.id))
            order.state = "paid"

    def cancel(self, number: int) -> None:
        if order := self.some(number, "open", "lost", "paid", "refused"):
            self.run(self.given(_cancelled(order), order.id))
            order.state = "ended"

    def take_back(self, number: int, variant: int, quantity: int, why: str) -> None:
        """A part of what was bought is cancelled, or comes back, to be sold again or not."""
        if order := self.some(number, "paid"):
            self.run(self._take_back(order, self.variants[variant], quantity, why))

    async def _take_back(self, order: Order, variant: UUID, quantity: int, why: str) -> None:
        has = {(row["order_id"], row["variant_id"]): row for row in await self.sql(HAS)}
        if (row := has.get((order.id, variant))) is None:
            return
        part = min(quantity, row["gone"] + (row["waits"] if why == "cancelled" else 0))
        if part:
            await self.given(_reduced(order, variant, part, why), order.id)
            order.less[variant] += part if why != "broken" else 0

    def look_at_the_proof(self, number: int) -> None:
        if order := self.some(number, "open"):
            event = PaymentUpdated(order_id=order.id, payment_id=uuid7(), method="proof", status="review")
            self.run(self.given(event, order.id))

    def let_time_pass(self, number: int) -> None:
        if order := self.some(number, "open"):

            async def expire() -> None:
                for table in ("holds", "backorders"):
                    await self.sql(
                        f"UPDATE {table} SET expires_at = now() - interval '1 s' "
                        "WHERE order_id = $1 AND expires_at IS NOT NULL",
                        order.id,
                    )
                await self.given(HoldExpiryDue(order_id=order.id, expires_at=order.event.expires_at), order.id)
                if not await self._has_anything(order):
                    order.state = "lost"

            self.run(expire())

    # --- what networks and machines do

    def end_before_it_began(self, quantities: tuple[int, int], place: str) -> None:
        order = self.new_order(quantities, place)
        order.state = "ended"
        self.orders.append(order)
        self.run(self.given(_cancelled(order), order.id))
        self.run(self.given(order.event, order.id))

    def deliver_again(self, backwards: bool) -> None:
        sent = self.it.sent[self.sent :]
        self.run(self.it.redeliver(sent[::-1] if backwards else sent))

    def all_at_once(self, wanted: list[tuple[tuple[int, int], str]], random: Random, crash: bool) -> None:
        """New orders, payments and cancellations in one batch; the service may be stopped in the middle of it."""
        events: list[tuple[Event, UUID]] = []
        new = [self.new_order(*order) for order in wanted]
        events += [(order.event, order.id) for order in new]
        for order, state in zip(self.orders, ("paid", "ended", "paid"), strict=False):
            if order.state in ("open", "lost"):
                events.append((confirmed(order.event) if state == "paid" else _cancelled(order), order.id))
                order.state = state
        random.shuffle(events)
        self.orders += new
        self.run(self._crash(events) if crash else self.it.given_all(events, store=self.store))
        for order in new:
            order.state = "open" if self.run(self._has_anything(order)) else "refused"

    async def _crash(self, events: list[tuple[Event, UUID]]) -> None:
        messages = [self.it._message(event, key, self.store) for event, key in events]
        await self.it.running.bus.publish(messages)
        await self.it.stop()
        await self.it.start()
        self.it.running.stores.put(self.store)
        for message in messages:
            await eventually(lambda id=message.id: self.it._dealt_with(id))

    def die_before_the_commit(self, number: int, times: int) -> None:
        if order := self.some(number, "open"):
            with failing(times):
                self.run(self.given(confirmed(order.event), order.id))
            order.state = "paid"

    # --- what must hold

    @invariant()
    def books_are_right(self) -> None:
        self.run(self._check())

    async def _check(self) -> None:
        assert await drift(self.it, self.store) == [], "a level is not the sum of its movements, or of its holds"
        assert await self.sql(LOST) == [], "goods came from nowhere, or are gone"
        assert await self.sql(CLOSED) == [], "something stands in a closed warehouse"
        for row in await self.sql(BOOKS):
            assert row["available"] >= 0
            assert not (row["available"] and row["owed"]), "it is there, but those who wait do not get it"
        has = {(row["order_id"], row["variant_id"]): row for row in await self.sql(HAS)}
        for order in self.orders:
            for variant, quantity in order.wanted.items():
                row = has.pop((order.id, variant), {"held": 0, "gone": 0, "waits": 0})
                found = (row["held"], row["gone"], row["waits"])
                if order.state == "open":
                    assert (row["held"] + row["waits"], row["gone"]) == (quantity, 0), found
                elif order.state == "paid":
                    assert (row["gone"] + row["waits"], row["held"]) == (quantity, 0), found
                else:
                    assert found == (0, 0, 0), f"an order that is {order.state} has stock"
        assert has == {}, "stock of an order that nobody placed"
        async with self.it.db.transaction(None) as tx:
            given_up = await tx.rows("SELECT type, error FROM dead_letters WHERE store_id = $1", self.store.id)
        assert given_up == []

    def listen(self) -> None:
        self.run(self._told())

    def teardown(self) -> None:
        if hasattr(self, "variants"):
            self.listen()

    async def _told(self) -> None:
        """The last word on each variant is what the tables say."""
        await self.it.caught_up()
        told: dict[UUID, ProductQuantityUpdated] = {}
        for store_id, name, payload in self.it.heard:
            if store_id == self.store.id and name == ProductQuantityUpdated.event_name():
                event = msgspec.json.decode(payload, type=ProductQuantityUpdated)
                told[event.variant_id] = event
        for row in await self.sql(BOOKS):
            last = told.get(row["id"])
            more = row["backorder"] and (row["backorder_limit"] is None or row["backorder_limit"] > row["owed"])
            assert (last.available, last.backorder) == (row["available"], more) if last else row["available"] == 0


def _orderable(row: Any) -> int:
    if not row["backorder"]:
        return int(row["available"])
    limit = 10**9 if row["backorder_limit"] is None else row["backorder_limit"]
    return int(row["available"] + max(0, limit - row["owed"]))


def _cancelled(order: Order) -> OrderCancelled:
    return OrderCancelled(order_id=order.id, cancellation_reason="r")


def _reduced(order: Order, variant: UUID, quantity: int, why: str) -> SaleReduced:
    (line,) = [line for line in order.event.lines if line.variant_id == variant]
    event = less(order.event, (line, quantity), kind="cancelled" if why == "cancelled" else "returned")
    return (
        event
        if why != "broken"
        else msgspec.structs.replace(
            event, lines=[msgspec.structs.replace(part, restock=False) for part in event.lines]
        )
    )


@contextmanager
def failing(times: int) -> Iterator[None]:
    """So many of the next transactions that have changed everything, and are about to commit, do not."""
    left, flush = times, Tx.flush

    async def fail(tx: Tx) -> bool:
        nonlocal left
        if left and tx.store_id is not None:
            left -= 1
            raise RuntimeError("the process died before the commit")
        return await flush(tx)

    Tx.flush = fail  # type: ignore[method-assign]
    try:
        yield
    finally:
        Tx.flush = flush  # type: ignore[method-assign]


@contextmanager
def playing(servers: Settings, folder: Path) -> Iterator[type[Store]]:
    with asyncio.Runner() as runner:
        service = alone(*load(["inventory"]), servers, folder)
        it = runner.run(service.__aenter__())

        class Played(Store):
            pass

        Played.it, Played.runner = it, runner
        try:
            yield Played
        finally:
            runner.run(service.__aexit__(None, None, None))


# Not shrunk: the seed is all there is to shrink.
PLAY = settings(
    max_examples=16,
    stateful_step_count=40,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.timeout(300)
def test_any_life_of_a_store_keeps_its_books(servers: Settings, tmp_path: Path) -> None:
    with playing(servers, tmp_path) as store:
        run_state_machine_as_test(store, settings=PLAY)
