"""What holds of every rate, zone and shipment."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.makers import an_address
from tradehall.contracts.shipping import MOST, TABLES, Band, PickupPoint, Rate, ShipmentStatus, Zone
from tradehall.kernel.errors import Invalid
from tradehall.kernel.ids import uuid7
from tradehall.services.shipping.model import BEFORE, ENDS, RANK, News, Shipment, moved
from tradehall.services.shipping.tariffs import NewBand, NewRate, check_rates

START = datetime(2026, 1, 1, tzinfo=UTC)
ZIP = st.text("0123456789", min_size=5, max_size=5)
COUNTRY = st.sampled_from(["US", "CA", "DE", "BR"])
ORDER = st.fixed_dictionaries(
    {
        "items": st.integers(1, 200 * 999),
        "subtotal": st.integers(0, MOST),
        "weight": st.integers(0, 10**9),
        "to_zip": ZIP | st.text("ABC 0123456789-", min_size=3, max_size=12),
        "to_country": COUNTRY,
    }
)


@st.composite
def bands(draw: st.DrawFn, *, rising: bool = False) -> list[Band]:
    """As they may be saved: one after the other."""
    ends = sorted(draw(st.sets(st.integers(0, 10**6), min_size=1, max_size=6)))
    least, found, prices = (
        draw(st.integers(0, ends[0])),
        [],
        draw(st.lists(st.integers(0, 10**6), min_size=7, max_size=7)),
    )
    if rising:
        prices.sort()
    for i, most in enumerate(ends):
        endless = i == len(ends) - 1 and draw(st.booleans())
        found.append(Band(least=least, most=None if endless else most, price=prices[i]))
        least = most + 1
    return found


@st.composite
def zones(draw: st.DrawFn) -> list[Zone]:
    zips = st.lists(ZIP | ZIP.map(lambda zip: zip[:2] + "*") | st.just("10000..59999"), max_size=3)
    return [
        Zone(code=f"z{i}", name="Z", countries=draw(st.lists(COUNTRY, min_size=1, max_size=3)), zips=draw(zips))
        for i in range(draw(st.integers(0, 3)))
    ]


@st.composite
def rates(draw: st.DrawFn, **fixed: Any) -> Rate:
    kind = fixed.pop("kind", None) or draw(st.sampled_from(["flat", "distance", "pickup", *sorted(TABLES)]))
    reach = draw(zones())
    facts: dict[str, Any] = {
        "code": "r",
        "name": "R",
        "kind": kind,
        "price": draw(st.integers(0, 10**6)),
        "free_from": draw(st.none() | st.integers(0, MOST)),
        "origins": draw(st.lists(ZIP, max_size=3)) if kind == "distance" else [],
        "bands": draw(bands()) if kind in TABLES else [],
        "pickup": PickupPoint(name="W", address=an_address()) if kind == "pickup" else None,
        "zones": [zone.code for zone in reach],
        "reach": reach,
        "beyond": draw(st.none() | zones()),
    }
    return Rate(**{**facts, **fixed})


@given(rates(), ORDER)
def test_a_price_is_never_below_nothing_nor_above_all_money(rate: Rate, order: dict[str, Any]) -> None:
    cost = rate.cost(**order)
    assert cost is None or 0 <= cost <= MOST


@given(rates(), ORDER)
def test_what_is_not_reached_has_no_price(rate: Rate, order: dict[str, Any]) -> None:
    if not rate.reaches(order["to_zip"], order["to_country"]):
        assert rate.cost(**order) is None


@given(bands(rising=True), st.sampled_from(["weight", "price", "items"]), ORDER, st.integers(0, 10**6))
def test_where_prices_rise_more_never_costs_less(
    rising: list[Band], kind: Any, order: dict[str, Any], more: int
) -> None:
    rate = Rate(code="r", name="R", kind=kind, bands=rising)
    name = {"weight": "weight", "price": "subtotal", "items": "items"}[kind]
    less, cost = rate.cost(**order), rate.cost(**{**order, name: order[name] + more})
    assert less is None or cost is None or less <= cost


@given(bands(), st.integers(0, 2 * 10**6))
def test_of_bands_that_may_be_saved_one_at_most_holds_a_value(found: list[Band], value: int) -> None:
    rate = NewRate(
        code="r", name="R", kind="weight", bands=[NewBand(least=b.least, most=b.most, price=b.price) for b in found]
    )
    check_rates([rate], [], [])
    assert sum(band.holds(value) for band in found) == (
        found[0].least <= value and (found[-1].most is None or value <= found[-1].most)
    )


@given(bands(), st.integers(0, 5), st.integers(-1000, 1000).filter(bool))
def test_bands_with_a_gap_or_an_overlap_may_not(found: list[Band], at: int, by: int) -> None:
    if len(found) < 2:
        return
    at = 1 + at % (len(found) - 1)
    news = [NewBand(least=b.least + (by if i == at else 0), most=b.most, price=b.price) for i, b in enumerate(found)]
    with pytest.raises(Invalid) as refused:
        check_rates([NewRate(code="r", name="R", kind="weight", bands=news)], [], [])
    assert all(error.field.startswith(f"rates[0].bands[{at}].") for error in refused.value.errors)


@given(zones(), zones(), ZIP, COUNTRY)
def test_the_rest_of_the_world_is_what_is_in_no_other_zone(
    own: list[Zone], others: list[Zone], zip: str, country: str
) -> None:
    rest = Rate(code="r", name="R", zones=["rest"], beyond=[*own, *others])
    here = Rate(code="h", name="H", zones=["own"], reach=own)
    there = Rate(code="t", name="T", zones=["others"], reach=others)
    reached = here.reaches(zip, country) or there.reaches(zip, country)
    assert rest.reaches(zip, country) is not reached


def a_shipment() -> Shipment:
    return Shipment(
        id=uuid7(),
        order_id=uuid7(),
        seller_id=uuid7(),
        status="PREPARING",
        status_at=START,
        carrier=None,
        tracking_number=None,
        lines=[],
        created_at=START,
    )


NEWS = st.lists(
    st.tuples(st.sampled_from([s for s in RANK if s not in ("PREPARING", "CANCELLED")]), st.integers(1, 50)),
    min_size=1,
    max_size=8,
    unique_by=lambda told: told[1],
)


@given(NEWS, st.randoms(use_true_random=False))
def test_in_whatever_order_it_is_told_a_shipment_ends_the_same(
    told: list[tuple[ShipmentStatus, int]], by: random.Random
) -> None:
    news = [
        News(id=str(i), status=s, at=START + timedelta(minutes=m), tracking_number="T") for i, (s, m) in enumerate(told)
    ]
    shuffled = [*news, *news]
    by.shuffle(shuffled)
    first = second = a_shipment()
    for one in news:
        first = moved(first, one)
    ranks = [0]
    for one in shuffled:
        second = moved(second, one)
        ranks.append(RANK[second.status])
    assert (first.status, first.status_at) == (second.status, second.status_at)
    assert ranks == sorted(ranks)


def test_every_status_has_a_rank_and_the_ends_have_the_highest() -> None:
    assert set(RANK) == set(ShipmentStatus.__args__)  # type: ignore[attr-defined]
    assert min(RANK[status] for status in ENDS) > max(rank for status, rank in RANK.items() if status not in ENDS)
    assert all(RANK[before] < RANK[after] for after, befores in BEFORE.items() for before in befores)
