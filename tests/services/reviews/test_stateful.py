"""Whatever people write, change, hide and remove, at once or one after the other, and whenever the process dies: a product's
numbers are those of its published reviews, and the last event has told them.

Hypothesis plays buyers and moderators of two products.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import httpx
import msgspec
import pytest
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.harness import Alone, a_store, alone
from tests.makers import a_product
from tests.services.inventory.test_stateful import failing
from tests.services.reviews.buying import Bought, delivered
from tradehall.app import load
from tradehall.contracts.reviews import RatingAdded, RatingChange, RatingDeleted, RatingUpdated
from tradehall.kernel.ids import uuid7
from tradehall.kernel.settings import Settings

T = TypeVar("T")
KINDS: dict[str, type[RatingChange]] = {kind.event_name(): kind for kind in (RatingAdded, RatingUpdated, RatingDeleted)}

# What may happen, how often, and what is drawn for it.
STEPS: dict[str, tuple[int, Callable[[Random], tuple[Any, ...]]]] = {
    "write": (6, lambda r: (r.randrange(99), r.randint(1, 5))),
    "edit": (4, lambda r: (r.randrange(99), r.randint(1, 5))),
    "remove": (2, lambda r: (r.randrange(99),)),
    "decide": (4, lambda r: (r.randrange(99), r.choice(["published", "hidden"]))),
    "set_approval": (1, lambda r: (r.random() < 0.5,)),
    "all_at_once": (3, lambda r: (r,)),
    "die_before_the_commit": (1, lambda r: (r.randrange(99), r.randint(1, 5))),
}


class Shop(RuleBasedStateMachine):
    """Bound to a running service by `playing`."""

    it: Alone
    runner: asyncio.Runner

    def __init__(self) -> None:
        super().__init__()
        self.store = a_store(f"s{uuid7().hex[-12:]}")
        self.products = [a_product(1000), a_product(2000)]
        self.bought: list[Bought] = []
        self.ids: list[str] = []

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    @initialize(seed=st.integers(0, 2**32))
    def open(self, seed: int) -> None:
        self.random = Random(seed)
        self.it.running.stores.put(self.store)
        self.admin = self.it.client("store_admin", store=self.store)
        for n in range(6):
            self.bought.append(self.run(delivered(self.it, self.products[n % 2], store=self.store)))

    @rule()
    def happens(self) -> None:
        """What it is comes from the seed alone, as in the play of stock."""
        name = self.random.choices(list(STEPS), [often for often, _ in STEPS.values()])[0]
        details = STEPS[name][1](self.random)
        note(f"  {name}{details}")
        self.run(getattr(self, name)(*details))

    def accepted(self, answer: httpx.Response) -> bool:
        assert answer.status_code in (200, 201, 204, 404, 409), answer.text
        return answer.is_success

    async def write(self, n: int, stars: int) -> None:
        bought = self.bought[n % len(self.bought)]
        answer = await bought.buyer.post(bought.path, json={"variant_id": bought.variant, "rating": stars})
        if self.accepted(answer):
            self.ids.append(answer.json()["id"])

    async def edit(self, n: int, stars: int) -> None:
        for id in self._one(n):
            for bought in self.bought:  # whoever has written it
                answer = await bought.buyer.put(f"/api/v1/reviews/{id}", json={"rating": stars})
                if self.accepted(answer):
                    return

    async def remove(self, n: int) -> None:
        for id in self._one(n):
            for bought in self.bought:
                if self.accepted(await bought.buyer.delete(f"/api/v1/reviews/{id}")):
                    return

    async def decide(self, n: int, status: str) -> None:
        for id in self._one(n):
            self.accepted(await self.admin.put(f"/api/v1/reviews/{id}/status", json={"status": status}))

    def _one(self, n: int) -> list[str]:
        return [self.ids[n % len(self.ids)]] if self.ids else []

    async def set_approval(self, wanted: bool) -> None:
        self.accepted(await self.admin.put("/api/v1/reviews/settings", json={"approval": wanted}))

    async def all_at_once(self, random: Random) -> None:
        names = random.choices(["write", "edit", "remove", "decide"], k=6)
        await asyncio.gather(*(getattr(self, name)(*STEPS[name][1](random)) for name in names))

    async def die_before_the_commit(self, n: int, stars: int) -> None:
        with failing(1):
            bought = self.bought[n % len(self.bought)]
            answer = await bought.buyer.post(bought.path, json={"variant_id": bought.variant, "rating": stars})
        assert answer.status_code in (409, 500)

    @invariant()
    def numbers_are_those_of_published_reviews(self) -> None:
        if self.bought:
            self.run(self._check())

    async def _check(self) -> None:
        rows = await self.it.sql("SELECT product_id, rating FROM reviews WHERE status = 'published'", store=self.store)
        counted = {(str(row["product_id"]), row["rating"]): 0 for row in rows}
        counted |= Counter((str(row["product_id"]), row["rating"]) for row in rows)
        kept = await self.it.sql("SELECT product_id, stars, version FROM ratings", store=self.store)
        by_product = {str(row["product_id"]): list(row["stars"]) for row in kept}
        for product in self.products:
            id = str(product.product_id)
            assert by_product.get(id, [0] * 5) == [counted.get((id, star), 0) for star in range(1, 6)]
        await self._check_told({str(row["product_id"]): (list(row["stars"]), row["version"]) for row in kept})

    async def _check_told(self, kept: dict[str, tuple[list[int], int]]) -> None:
        """In their order, each one further than the one before, and the last one what is kept."""
        await self.it.caught_up()
        told: dict[str, list[RatingChange]] = {}
        for store_id, name, payload in self.it.heard:
            if store_id == self.store.id and name in KINDS:
                event = msgspec.json.decode(payload, type=KINDS[name])
                told.setdefault(str(event.product_id), []).append(event)
        for id, (stars, version) in kept.items():
            events = told.get(id, [])
            assert [event.version for event in events] == list(range(1, version + 1))
            if events:
                last = events[-1]
                total = sum(star * times for star, times in enumerate(stars, 1))
                average = round(total / sum(stars), 2) if sum(stars) else None
                assert (last.distribution, last.count, last.average) == (stars, sum(stars), average)


@contextmanager
def playing(servers: Settings, folder: Path) -> Iterator[type[Shop]]:
    with asyncio.Runner() as runner:
        service = alone(*load(["reviews"]), servers, folder)
        it = runner.run(service.__aenter__())

        class Played(Shop):
            pass

        Played.it, Played.runner = it, runner
        try:
            yield Played
        finally:
            runner.run(service.__aexit__(None, None, None))


# Not shrunk: the seed is all there is to shrink.
PLAY = settings(
    max_examples=12,
    stateful_step_count=30,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.timeout(300)
def test_numbers_are_right_whatever_people_do(servers: Settings, tmp_path: Path) -> None:
    with playing(servers, tmp_path) as shop:
        run_state_machine_as_test(shop, settings=PLAY)
