"""What plans cost, over all prices and discounts, and who sees and makes them."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.harness import Alone
from tests.services.stores.opening import opened, rules
from tests.services.stores.signing_up import CYCLES, PLANS, with_plans
from tradehall.contracts.stores import Limits
from tradehall.services.stores.plans import (
    Cycle,
    Months,
    Plan,
    TooMuchForPlan,
    Usage,
    check_fits,
    days_left,
    months_later,
    stricter,
    upgrade_price,
)

SERVICE = "stores"

MONEY = st.integers(0, 10**9)
TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))
CYCLE = st.sampled_from(get_args(Months))
CAPS = st.none() | st.integers(1, 1000)
LIMITS = st.builds(Limits, products=CAPS, staff=CAPS, warehouses=CAPS)


def plan(price: int, months: Any, discount: int, limits: Limits = Limits()) -> Plan:
    return Plan(
        code="p",
        name="P",
        sentence="",
        price=price,
        currency="USD",
        cycles=[Cycle(months, discount)],
        limits=limits,
        theme="plain",
        public=True,
        position=0,
    )


@given(MONEY, CYCLE, st.integers(0, 100))
def test_a_cycle_is_the_discounted_price_rounded_once_half_up(price: int, months: int, discount: int) -> None:
    exact = Fraction(price * months * (100 - discount), 100)
    total = plan(price, months, discount).total(months)
    assert 0 <= total <= price * months
    assert -Fraction(1, 2) < total - exact <= Fraction(1, 2)
    assert isinstance(total, int)


def test_half_a_cent_goes_up() -> None:
    assert plan(1999, 6, 5).total(6) == 11394  # 11394.30
    assert plan(10, 1, 5).total(1) == 10  # 9.50
    assert plan(1999, 24, 100).total(24) == 0


@given(MONEY, MONEY, TIMES, CYCLE, st.floats(-0.1, 1.1))
def test_an_upgrade_costs_nothing_negative_and_never_more_than_the_difference(
    paid: int, total: int, start: datetime, months: int, place: float
) -> None:
    end = months_later(start, months, start.day)
    price = upgrade_price(paid, total, start, end, start + (end - start) * place)
    assert 0 <= price <= max(0, total - paid)


@given(MONEY, MONEY, TIMES, CYCLE)
def test_an_upgrade_on_the_first_day_costs_the_whole_difference_and_after_the_last_nothing(
    paid: int, total: int, start: datetime, months: int
) -> None:
    end = months_later(start, months, start.day)
    assert upgrade_price(paid, total, start, end, start) == max(0, total - paid)
    assert upgrade_price(paid, total, start, end, end) == 0


@given(MONEY, MONEY, TIMES, CYCLE, st.lists(st.integers(0, 800), min_size=2))
def test_waiting_never_makes_an_upgrade_dearer(
    paid: int, total: int, start: datetime, months: int, days: list[int]
) -> None:
    end = months_later(start, months, start.day)
    prices = [upgrade_price(paid, total, start, end, start + timedelta(days=day)) for day in sorted(days)]
    assert prices == sorted(prices, reverse=True)


@given(TIMES, CYCLE)
def test_days_left_count_a_day_begun_as_a_whole_one(start: datetime, months: int) -> None:
    end = months_later(start, months, start.day)
    assert days_left(start, end, start) == ((end - start).days, (end - start).days)
    assert days_left(start, end, end - timedelta(seconds=1))[0] == 1


def test_periods_that_begin_on_the_31st_come_back_to_it() -> None:
    at, seen = datetime(2027, 1, 31, 9, tzinfo=UTC), []
    for _ in range(4):
        at = months_later(at, 1, 31)
        seen.append((at.month, at.day))
    assert seen == [(2, 28), (3, 31), (4, 30), (5, 31)]
    assert months_later(datetime(2027, 11, 30, tzinfo=UTC), 24, 30) == datetime(2029, 11, 30, tzinfo=UTC)


@given(LIMITS, LIMITS, st.builds(Usage, products=CAPS.map(lambda n: n or 0), staff=st.just(1), warehouses=st.just(1)))
def test_what_both_plans_allow_is_what_each_of_them_allows(one: Limits, other: Limits, usage: Usage) -> None:
    def fits(limits: Limits) -> bool:
        try:
            check_fits(usage, plan(0, 1, 0, limits))
        except TooMuchForPlan:
            return False
        return True

    assert fits(stricter(one, other)) == (fits(one) and fits(other))


def test_too_much_is_named_with_what_there_is_and_what_may_be() -> None:
    usage = Usage(products=7, staff=1, warehouses=3)
    with pytest.raises(TooMuchForPlan) as refused:
        check_fits(usage, plan(0, 1, 0, Limits(products=5, staff=1, warehouses=2)))
    assert refused.value.extra["excess"] == {
        "products": {"there": 7, "allowed": 5},
        "warehouses": {"there": 3, "allowed": 2},
    }


# --- over HTTP


async def test_anybody_sees_the_public_plans_with_every_total(it: Alone) -> None:
    await with_plans(it)
    answer = await it.client().get("http://nobody.example/api/v1/platform/plans")
    assert [plan["code"] for plan in answer.json()] == ["small", "large"]
    (small, _) = answer.json()
    assert [(c["months"], c["discount"], c["total"]["amount"]) for c in small["cycles"]] == [
        (1, 0, 1999),
        (6, 5, 11394),
        (12, 10, 21589),
        (24, 20, 38381),
    ]
    assert small["limits"] == {"products": 2, "staff": 2, "warehouses": 1}
    every = await it.client("operator").get("/api/v1/platform/plans")
    assert [plan["code"] for plan in every.json()] == ["small", "large", "given"]


async def test_plans_are_made_by_operators_only_and_all_that_is_wrong_is_named(it: Alone) -> None:
    url = "/api/v1/platform/plans/wrong"
    body = {"cycles": CYCLES} | PLANS["small"]
    assert (await it.client().put(url, json=body)).status_code == 401
    assert (await it.client("store_admin").put(url, json=body)).status_code == 403
    operator = it.client("operator")
    bad = body | {"price": -1, "cycles": [{"months": 5}], "limits": {"products": 0}, "name": "a\x00", "theme": "x"}
    assert set(rules(await operator.put(url, json=bad))) == {
        "price", "cycles[0].months", "limits.products", "name", "theme",
    }  # fmt: skip
    twice = body | {"cycles": [{"months": 1}, {"months": 1, "discount": 5}]}
    assert list(rules(await operator.put(url, json=twice))) == ["cycles"]
    assert (await operator.put("/api/v1/platform/plans/NO%00", json=body)).status_code in (400, 404, 422)


async def test_a_store_that_an_operator_opens_has_its_plans_limits_and_no_bills(it: Alone) -> None:
    await with_plans(it)
    store = await opened(it, plan="small")
    assert (store.plan, store.limits.products) == ("small", 2)
    shown = await it.client(store=store).get("/api/v1/store")
    assert (shown.json()["plan"], shown.json()["limits"]["products"]) == ("", None), "it is nobody else's business"
    answer = await it.client("store_admin", store=store).get("/api/v1/store/subscription")
    assert (answer.status_code, answer.json()["type"]) == (404, "no-subscription")
    body = {"slug": "no-such-plan", "name": "X", "plan": "nothing"}
    assert (await it.client("operator").post("/api/v1/stores", json=body)).status_code == 404
