"""Whatever orders tell, in whatever order it comes and however often: the book adds up to what the orders come to, to the cent,
by everything that it is asked by."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.harness import Alone, a_store, alone
from tests.makers import a_product, an_address, lines_of
from tests.services.analytics.book import an_order, figures, left, less, lines, report
from tradehall.app import load
from tradehall.contracts.inventory import InventoryDeducted
from tradehall.contracts.orders import OrderCancelled, OrderConfirmed, SaleReduced
from tradehall.contracts.stores import Store
from tradehall.contracts.values import Event
from tradehall.kernel.ids import uuid7
from tradehall.kernel.settings import Settings

WAYS = ["day", "week", "month", "product", "variant", "seller", "warehouse", "area", "type"]
WAREHOUSES = [uuid7() for _ in range(3)]


@dataclass
class Told:
    """An order as orders has it."""

    order: OrderConfirmed
    confirmed: bool = False
    left: dict[UUID, tuple[int, int]] = field(default_factory=dict)  # by line: how many, for how much
    shipping: int = 0

    @property
    def amount(self) -> int:
        return sum(amount for _, amount in self.left.values()) + self.shipping


class Shop:
    def __init__(self, it: Alone, random: Random) -> None:
        self.it, self.random = it, random
        self.store: Store = a_store(f"s{uuid7().hex[-12:]}")
        it.running.stores.put(self.store)
        self.products = [a_product(*(random.randint(1, 9999) for _ in range(3))) for _ in range(3)]
        self.orders: list[Told] = []
        self.waiting: list[tuple[Event, UUID]] = []

    def place(self) -> None:
        product = self.random.choice(self.products)
        goods = lines_of(product, *(self.random.randint(1, 7) for _ in range(self.random.randint(1, 3))))
        shipping = self.random.choice([0, 490])
        address = an_address(region=self.random.choice(["MA", "VT", ""]))
        told = Told(an_order(*goods, shipping=shipping, address=address))
        self.orders.append(told)
        if self.random.random() < 0.8:
            told.confirmed, told.shipping = True, shipping
            told.left = {line.line_id: (line.quantity, line.line_total) for line in goods}
            self.tell(told.order, told)
        elif self.random.random() < 0.5:
            self.tell(OrderCancelled(order_id=told.order.order_id, cancellation_reason="Not paid."), told)

    def reduce(self) -> None:
        """Not of orders alone: what is given back may be less than what was paid."""
        told = self.pick()
        if told is None:
            return
        line = self.random.choice(lines(told.order))
        count, amount = told.left[line.line_id]
        if not count:
            return
        gone = self.random.randint(1, count)
        back = amount if gone == count else self.random.randint(0, min(amount, gone * line.unit_price))
        shipping = self.random.choice([0, told.shipping])
        told.left[line.line_id] = (count - gone, amount - back)
        told.shipping -= shipping
        kind = self.random.choice(["cancelled", "returned"])
        event = less(
            told.order, line, gone, amount=back, shipping=shipping, kind=kind, restock=self.random.random() < 0.7
        )
        self.tell(event, told)

    def cancel(self) -> None:
        told = self.pick()
        if told is None:
            return
        ends: list[Event] = [OrderCancelled(order_id=told.order.order_id, cancellation_reason="Changed my mind.")]
        if self.random.random() < 0.7:
            line = lines(told.order)[0]
            ends.append(less(told.order, line, 1, whole=True, kind="cancelled"))
        self.random.shuffle(ends)
        for event in ends:
            self.tell(event, told)
        told.left, told.shipping = dict.fromkeys(told.left, (0, 0)), 0

    def send(self) -> None:
        """Told by inventory, so before or after what orders tell."""
        told = self.pick()
        if told is None:
            return
        line = self.random.choice(lines(told.order))
        count = self.random.randint(1, line.quantity)
        event: InventoryDeducted = left(told.order, (line, self.random.choice(WAREHOUSES), count))
        self.waiting.insert(self.random.randint(0, len(self.waiting)), (event, self.store.id))

    def pick(self) -> Told | None:
        known = [told for told in self.orders if told.confirmed]
        return self.random.choice(known) if known else None

    def tell(self, event: OrderConfirmed | OrderCancelled | SaleReduced, told: Told) -> None:
        self.waiting.append((event, told.order.order_id))

    async def check(self) -> None:
        await self.it.given_all(self.waiting, self.store)
        again = [message for message in self.it.sent[-len(self.waiting) :] if self.random.random() < 0.5]
        await self.it.redeliver(again)
        self.waiting = []
        wanted = sum(told.amount for told in self.orders)
        quantity = sum(count for told in self.orders for count, _ in told.left.values())
        for way in WAYS:
            found = await report(self.it, [way], store=self.store, limit=100)
            sums = tuple(map(sum, zip(*map(figures, found["items"]), strict=True))) or (0, 0, 0, 0)
            assert sums == figures(found["total"]), way
            assert found["total"]["revenue"] + found["total"]["shipping"] == wanted
            assert found["total"]["quantity"] == quantity
        rows = await self.it.sql(
            "SELECT order_id, sum(amount)::bigint AS amount FROM entries GROUP BY 1", store=self.store
        )
        booked = {row["order_id"]: row["amount"] for row in rows}
        assert booked == {told.order.order_id: told.amount for told in self.orders if told.confirmed}


async def play(it: Alone, seed: int) -> None:
    shop = Shop(it, Random(seed))
    for _ in range(4):
        for _ in range(6):
            step = shop.random.choices([shop.place, shop.reduce, shop.cancel, shop.send], [5, 6, 1, 4])[0]
            step()
        if shop.waiting:
            await shop.check()
    assert await it.dead_letters() == []


@contextmanager
def running(servers: Settings, folder: Path) -> Iterator[tuple[Alone, asyncio.Runner]]:
    with asyncio.Runner() as runner:
        service = alone(*load(["analytics"]), servers, folder)
        it = runner.run(service.__aenter__())
        try:
            yield it, runner
        finally:
            runner.run(service.__aexit__(None, None, None))


@pytest.mark.timeout(300)
def test_the_book_adds_up_to_the_orders(servers: Settings, tmp_path: Path) -> None:
    with running(servers, tmp_path) as (it, runner):

        @settings(
            max_examples=15,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(seed=st.integers(0, 2**32))
        def played(seed: int) -> None:
            runner.run(play(it, seed))

        played()
