"""Allocation, without a database."""

from collections import Counter
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.makers import an_address
from tradehall.contracts.inventory import ShortItem
from tradehall.contracts.places import Measure, nearness
from tradehall.contracts.shipping import Origin, Rate
from tradehall.contracts.values import Line
from tradehall.kernel.ids import uuid7
from tradehall.services.inventory.model import Level, Take, allocate, by_variant

VARIANTS = [uuid7() for _ in range(3)]
WAREHOUSES = {uuid7(): zip_code for zip_code in ("02139", "60601", "94103", "10000", "nowhere")}
PRODUCT, SELLER = uuid7(), uuid7()

# On hand and reserved, where there is a level at all.
STOCK = st.one_of(st.none(), st.tuples(st.integers(0, 20), st.integers(0, 20)).map(lambda t: (max(t), min(t))))
LEVELS = st.lists(STOCK, min_size=15, max_size=15)
WANTED = st.lists(st.tuples(st.integers(0, 2), st.integers(1, 12)), min_size=1, max_size=5)


def a_line(variant_id: UUID, quantity: int) -> Line:
    return Line(
        line_id=uuid7(),
        product_id=PRODUCT,
        variant_id=variant_id,
        seller_id=SELLER,
        sku="S",
        title="T",
        quantity=quantity,
        unit_price=1,
    )


def a_level(zip_code: str, on_hand: int, reserved: int = 0, code: str = "", **facts: Any) -> Level:
    known = {"variant_id": VARIANTS[0], "warehouse_id": uuid7(), "product_id": PRODUCT, "code": code or zip_code}
    return Level(on_hand=on_hand, reserved=reserved, zip=zip_code, **{**known, **facts})


def levels_of(stock: list[tuple[int, int] | None]) -> list[Level]:
    places = [(variant, id, zip_code) for variant in VARIANTS for id, zip_code in WAREHOUSES.items()]
    return [
        a_level(zip_code, *have, variant_id=v, warehouse_id=w)
        for (v, w, zip_code), have in zip(places, stock, strict=True)
        if have is not None
    ]


@settings(max_examples=300, deadline=None, database=None)
@given(LEVELS, WANTED, st.sampled_from(["10001", "60601", "98101", "99999", "SW1A 1AA"]))
def test_all_or_nothing_never_negative_from_the_nearest_that_has_it_all(
    stock: list[tuple[int, int] | None], wanted: list[tuple[int, int]], to_zip: str
) -> None:
    levels = levels_of(stock)
    before = msgspec.convert(msgspec.to_builtins(levels), list[Level])
    order_id = uuid7()
    asked: Counter[UUID] = Counter()
    for i, quantity in wanted:
        asked[VARIANTS[i]] += quantity
    there: Counter[UUID] = Counter()
    for level in before:
        there[level.variant_id] += level.available

    result = allocate(order_id, [a_line(VARIANTS[i], n) for i, n in wanted], by_variant(levels), an_address(zip=to_zip))

    assert all(0 <= level.reserved <= level.on_hand for level in levels)
    short = {v: there[v] for v, n in asked.items() if there[v] < n}
    if short:
        assert levels == before
        assert {(i.variant_id, i.requested, i.available) for i in result if isinstance(i, ShortItem)} == {
            (v, asked[v], available) for v, available in short.items()
        }
        assert not any(isinstance(item, Take) for item in result)
        return
    takes = [item for item in result if isinstance(item, Take)]
    assert len(takes) == len(result)
    taken: Counter[UUID] = Counter()
    for take in takes:
        assert take.quantity > 0
        assert take.order_id == order_id
        taken[take.variant_id] += take.quantity
    assert taken == asked
    by_place = {(take.variant_id, take.warehouse_id): take.quantity for take in takes}
    assert len(by_place) == len(takes)
    for old, new in zip(before, levels, strict=True):
        assert new.on_hand == old.on_hand
        assert new.reserved - old.reserved == by_place.get((old.variant_id, old.warehouse_id), 0)
    for variant_id in asked:
        assert_nearest(
            [level for level in before if level.variant_id == variant_id], by_place, asked[variant_id], to_zip
        )


def assert_nearest(levels: list[Level], by_place: dict[tuple[UUID, UUID], int], quantity: int, to_zip: str) -> None:
    """Of one variant, as they were before. Whole from the first that could, else every nearer one is emptied."""
    levels = sorted(levels, key=lambda level: (nearness("earth", level.zip, "US", to_zip, "US"), level.code))
    taken = [by_place.get((level.variant_id, level.warehouse_id), 0) for level in levels]
    there = [level.available for level in levels]
    whole = next((number for number, available in enumerate(there) if available >= quantity), None)
    if whole is not None:
        assert taken == [quantity if number == whole else 0 for number in range(len(levels))]
        return
    last = max(number for number, n in enumerate(taken) if n)
    assert taken[:last] == there[:last], "spilled over before the nearer one was empty"


def from_where(result: list[Take] | list[ShortItem], levels: list[Level]) -> list[tuple[str, int]]:
    codes = {level.warehouse_id: level.code for level in levels}
    return [(codes[item.warehouse_id], item.quantity) for item in result if isinstance(item, Take)]


BOSTON, NEW_YORK, CHICAGO, SEATTLE = "02139", "10001", "60601", "98101"


@pytest.mark.parametrize(
    ("to", "order"),
    [
        ("02140", [BOSTON, NEW_YORK, CHICAGO, SEATTLE]),
        ("19103", [NEW_YORK, BOSTON, CHICAGO, SEATTLE]),  # Philadelphia
        ("48201", [CHICAGO, NEW_YORK, BOSTON, SEATTLE]),  # Detroit
        ("80202", [CHICAGO, SEATTLE, NEW_YORK, BOSTON]),  # Denver: by number it would be Seattle
        ("96813-1234", [SEATTLE, CHICAGO, NEW_YORK, BOSTON]),  # Honolulu
        ("00901", [NEW_YORK, BOSTON, CHICAGO, SEATTLE]),  # San Juan
    ],
)
def test_near_is_what_is_near_on_earth(to: str, order: list[str]) -> None:
    levels = [a_level(zip_code, 2) for zip_code in (SEATTLE, BOSTON, CHICAGO, NEW_YORK)]
    result = allocate(uuid7(), [a_line(VARIANTS[0], 8)], by_variant(levels), an_address(zip=to))
    assert from_where(result, levels) == [(zip_code, 2) for zip_code in order]


def test_one_warehouse_that_has_it_all_is_better_than_two_nearer_ones() -> None:
    levels = [a_level(BOSTON, 3), a_level(NEW_YORK, 4), a_level(SEATTLE, 5)]
    result = allocate(uuid7(), [a_line(VARIANTS[0], 5)], by_variant(levels), an_address(zip=BOSTON))
    assert from_where(result, levels) == [(SEATTLE, 5)]
    result = allocate(uuid7(), [a_line(VARIANTS[0], 6)], by_variant(levels), an_address(zip=BOSTON))
    assert from_where(result, levels) == [(BOSTON, 3), (NEW_YORK, 3)]


@pytest.mark.parametrize(
    ("to", "first"),
    [
        ("99999", SEATTLE),  # a zip that is not in use: by number
        ("00000", BOSTON),
        ("SW1A 1AA", BOSTON),  # no number at all: by code
    ],
)
def test_a_zip_without_a_place_goes_by_its_number(to: str, first: str) -> None:
    levels = [a_level(SEATTLE, 1), a_level(CHICAGO, 1), a_level(BOSTON, 1)]
    result = allocate(uuid7(), [a_line(VARIANTS[0], 1)], by_variant(levels), an_address(zip=to))
    assert from_where(result, levels) == [(first, 1)]


def test_a_warehouse_without_a_place_comes_after_those_with_one() -> None:
    levels = [a_level("nowhere", 1), a_level("02138-99", 1, code="odd"), a_level(SEATTLE, 1)]
    result = allocate(uuid7(), [a_line(VARIANTS[0], 3)], by_variant(levels), an_address(zip=BOSTON))
    assert from_where(result, levels) == [(SEATTLE, 1), ("odd", 1), ("nowhere", 1)]


def test_numbers_of_another_country_are_other_places() -> None:
    """10115 is in New York and in Berlin."""
    levels = [a_level("10115", 1, code="a-new-york"), a_level("80331", 1, code="munich", country="DE")]
    berlin = an_address(zip="10115", country="DE")
    result = allocate(uuid7(), [a_line(VARIANTS[0], 1)], by_variant(levels), berlin)
    assert from_where(result, levels) == [("munich", 1)]


@pytest.mark.parametrize("to", [NEW_YORK, BOSTON, "99999", "nowhere"])
def test_of_two_equally_near_the_code_decides(to: str) -> None:
    for levels in ([a_level(BOSTON, 5, code=c) for c in "ab"], [a_level(BOSTON, 5, code=c) for c in "ba"]):
        result = allocate(uuid7(), [a_line(VARIANTS[0], 1)], by_variant(levels), an_address(zip=to))
        assert from_where(result, levels) == [("a", 1)]


def test_each_line_goes_its_own_way() -> None:
    levels = [
        a_level(BOSTON, 1),
        a_level(SEATTLE, 9),
        a_level(BOSTON, 9, variant_id=VARIANTS[1], warehouse_id=uuid7(), code="b"),
        a_level(SEATTLE, 9, variant_id=VARIANTS[1], warehouse_id=uuid7(), code="s"),
    ]
    lines = [a_line(VARIANTS[0], 2), a_line(VARIANTS[1], 3), a_line(VARIANTS[1], 1)]
    result = allocate(uuid7(), lines, by_variant(levels), an_address(zip=BOSTON))
    assert from_where(result, levels) == [(SEATTLE, 2), ("b", 4)]


def test_orders_of_a_batch_share_one_reading() -> None:
    levels = [a_level(BOSTON, 3), a_level(SEATTLE, 3)]
    shelves = by_variant(levels)
    results = [
        allocate(uuid7(), [a_line(VARIANTS[0], quantity)], shelves, an_address(zip=to))
        for quantity, to in ((2, BOSTON), (2, BOSTON), (3, BOSTON), (1, SEATTLE), (1, BOSTON), (1, BOSTON))
    ]
    assert [from_where(result, levels) for result in results] == [
        [(BOSTON, 2)],
        [(SEATTLE, 2)],
        [],
        [(SEATTLE, 1)],
        [(BOSTON, 1)],
        [],
    ]
    assert [(item.requested, item.available) for item in results[2] if isinstance(item, ShortItem)] == [(3, 2)]
    assert [level.available for level in levels] == [0, 0]


PLACES_ON_EARTH = ["02139", "10001", "60601", "98101", "90210", "99999", "nowhere", "SW1A 1AA"]


@settings(max_examples=300, deadline=None, database=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(PLACES_ON_EARTH), st.sampled_from(["US", "DE"]), st.integers(0, 2)),
        min_size=1,
        max_size=5,
    ),
    st.sampled_from(PLACES_ON_EARTH),
    st.sampled_from(["zip", "earth"]),
)
def test_shipping_is_reckoned_from_the_warehouse_that_goods_leave_from(
    warehouses: list[tuple[str, str, int]], to: str, measure: Measure
) -> None:
    """With stock everywhere; whatever the measure, the priorities and the places."""
    levels = [
        a_level(zip_code, 1, code=f"w{i}", country=country, priority=priority, measure=measure)
        for i, (zip_code, country, priority) in enumerate(warehouses)
    ]
    origins = [Origin(zip=zip_code, country=country, priority=priority) for zip_code, country, priority in warehouses]
    (take,) = allocate(uuid7(), [a_line(VARIANTS[0], 1)], by_variant(levels), an_address(zip=to))
    assert isinstance(take, Take)
    left_from = next(
        origin for origin, level in zip(origins, levels, strict=True) if level.warehouse_id == take.warehouse_id
    )

    def cost(*warehouses: Origin) -> int | None:
        rate = Rate(code="v", name="V", kind="distance", measure=measure, warehouses=list(warehouses))
        return rate.cost(items=1, subtotal=0, to_zip=to)

    assert cost(*origins) == cost(left_from)
