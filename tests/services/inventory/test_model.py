"""Allocation, without a database."""

from collections import Counter
from uuid import UUID

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from tradehall.contracts.inventory import ShortItem
from tradehall.contracts.values import Line
from tradehall.kernel.ids import uuid7
from tradehall.services.inventory.model import Level, Take, allocate

VARIANTS = [uuid7() for _ in range(3)]
WAREHOUSES = {uuid7(): zip_code for zip_code in ("10000", "20000", "30000", "nowhere")}
PRODUCT, SELLER = uuid7(), uuid7()

# On hand and reserved, where there is a level at all.
STOCK = st.one_of(st.none(), st.tuples(st.integers(0, 20), st.integers(0, 20)).map(lambda t: (max(t), min(t))))
LEVELS = st.lists(STOCK, min_size=12, max_size=12)
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


def levels_of(stock: list[tuple[int, int] | None]) -> list[Level]:
    places = [(variant, id, zip_code) for variant in VARIANTS for id, zip_code in WAREHOUSES.items()]
    return [
        Level(variant_id=v, warehouse_id=w, product_id=PRODUCT, on_hand=have[0], reserved=have[1], zip=zip_code)
        for (v, w, zip_code), have in zip(places, stock, strict=True)
        if have is not None
    ]


def distance(zip_code: str, to: str) -> int:
    return abs(int(zip_code) - int(to)) if zip_code.isdigit() else 10**9


@settings(max_examples=300, deadline=None, database=None)
@given(LEVELS, WANTED, st.sampled_from(["09999", "14000", "16000", "29000", "99999"]))
def test_all_or_nothing_never_negative_nearest_first(
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

    result = allocate(order_id, [a_line(VARIANTS[i], n) for i, n in wanted], levels, to_zip)

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
    for take in takes:
        used = distance(WAREHOUSES[take.warehouse_id], to_zip)
        nearer = [
            level
            for level in levels
            if level.variant_id == take.variant_id and distance(WAREHOUSES[level.warehouse_id], to_zip) < used
        ]
        assert all(level.available == 0 for level in nearer), "spilled over before the nearer one was empty"


def test_orders_of_a_batch_share_one_reading() -> None:
    level = Level(variant_id=VARIANTS[0], warehouse_id=uuid7(), product_id=PRODUCT, on_hand=3, reserved=0, zip="1")
    first = allocate(uuid7(), [a_line(VARIANTS[0], 2)], [level], "1")
    second = allocate(uuid7(), [a_line(VARIANTS[0], 2)], [level], "1")
    assert [type(item) for item in first + second] == [Take, ShortItem]
    assert level.reserved == 2
