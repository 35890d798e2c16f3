"""The rules of orders, without a database."""

from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.makers import an_address
from tradehall.contracts.orders import OrderStatus
from tradehall.contracts.shipping import Rate
from tradehall.contracts.values import Line
from tradehall.kernel.errors import Invalid
from tradehall.kernel.ids import uuid7
from tradehall.services.orders import model
from tradehall.services.orders.model import EDGES, NoSuchTransition, Order, Parcel, Variant, Wanted

PURE = settings(max_examples=200, deadline=None, database=None)
STATUSES = sorted(EDGES)
SELLERS = [uuid7(), uuid7(), uuid7()]


def an_order(status: OrderStatus = "PENDING") -> Order:
    return Order(
        id=uuid7(),
        number="AAAA-2222",
        customer_id=None,
        email="a@b.example",
        name="A",
        status=status,
        currency="USD",
        subtotal=1000,
        shipping_code="standard",
        shipping_price=0,
        total=1000,
        address=an_address(),
        payment_method="proof",
        expires_at=datetime.now(UTC),
        created_at=datetime.now(UTC),
    )


def test_the_table_is_the_one_that_was_agreed() -> None:
    edges = {(start, end) for start, ends in EDGES.items() for end in ends}
    assert edges == {
        ("PENDING", "CONFIRMED"),
        ("PENDING", "REJECTED"),
        ("PENDING", "EXPIRED"),
        ("PENDING", "CANCELLED"),
        ("CONFIRMED", "PROCESSING"),
        ("CONFIRMED", "CANCELLED"),
        ("PROCESSING", "SHIPPED"),
        ("PROCESSING", "CANCELLED"),
        ("SHIPPED", "DELIVERED"),
        ("DELIVERED", "RETURNED"),
    }


@pytest.mark.parametrize("start", STATUSES)
@pytest.mark.parametrize("end", STATUSES)
def test_every_pair_of_states_is_an_edge_or_refused(start: OrderStatus, end: OrderStatus) -> None:
    order = an_order(start)
    if end in EDGES[start]:
        assert model.move(order, end) == msgspec.structs.replace(order, status=end)
    else:
        with pytest.raises(NoSuchTransition, match=f"is {start}; it cannot become {end}"):
            model.move(order, end)


COMMANDS = st.lists(
    st.one_of(
        st.tuples(st.just("move"), st.sampled_from(STATUSES)),
        st.tuples(st.just("settle"), st.sampled_from(["SUCCESS", "FAILED", "REJECTED"])),
        st.tuples(st.just("cancel"), st.none()),
        st.tuples(st.just("ship"), st.tuples(st.integers(0, 2), st.booleans())),
        st.tuples(st.just("deliver"), st.tuples(st.integers(0, 2), st.booleans())),
    ),
    max_size=25,
)


def _act(order: Order, parcels: list[Parcel], command: str, argument: object) -> tuple[list[Order], list[Parcel]]:
    """The states gone through and the parcels after; what the service does, without its database."""
    if command == "move":
        return [model.move(order, argument)], parcels  # type: ignore[arg-type]
    if command == "settle":
        if order.status != "PENDING":  # payments gives such money back, the order stays as it is
            return [], parcels
        return [model.move(order, model.settled(argument)[0])], parcels  # type: ignore[arg-type]
    if command == "cancel":
        return [model.cancel(order, parcels)], parcels
    assert isinstance(argument, tuple)
    parcel = parcels[argument[0] % len(parcels)]
    named, only = (parcel.id, None) if argument[1] else (None, parcel.seller_id)
    before, after = ("PENDING", "SHIPPED") if command == "ship" else ("SHIPPED", "DELIVERED")
    chosen = model.choose(parcels, named, only=only, status=before)
    ids = {p.id for p in chosen}
    if command == "ship":
        steps = model.ship(order, parcels, chosen)[1]
    else:
        delivered = model.deliver(order, parcels, chosen)
        steps = [delivered] if delivered.status != order.status else []
    return steps, [msgspec.structs.replace(p, status=after) if p.id in ids else p for p in parcels]


@PURE
@given(COMMANDS, st.integers(1, 3))
def test_any_sequence_of_commands_keeps_to_the_table(commands: list[tuple[str, object]], sellers: int) -> None:
    order, parcels = an_order(), [Parcel(id=uuid7(), seller_id=seller) for seller in SELLERS[:sellers]]
    free = True  # a bare `move` may outrun the parcels; then only the edges are looked at
    for command, argument in commands:
        try:
            steps, parcels = _act(order, parcels, command, argument)
        except NoSuchTransition:
            continue
        for step in steps:
            assert step.status in EDGES[order.status]
            order = step
        free = free and command != "move"
        if free:
            statuses = {parcel.status for parcel in parcels}
            assert (order.status == "DELIVERED") == (statuses == {"DELIVERED"})
            if order.status in ("PENDING", "CONFIRMED", "CANCELLED", "REJECTED"):
                assert statuses == {"PENDING"}
            if order.status == "SHIPPED":
                assert "PENDING" not in statuses


def a_variant(price: int, *, for_sale: bool = True, currency: str = "USD") -> Variant:
    return Variant(
        id=uuid7(),
        product_id=uuid7(),
        seller_id=SELLERS[0],
        sku="S",
        title="T",
        price=price,
        currency=currency,
        weight_g=0,
        for_sale=for_sale,
    )


@PURE
@given(
    st.lists(st.tuples(st.integers(0, 10**13), st.booleans(), st.sampled_from(["USD", "EUR"])), min_size=1, max_size=5),
    st.lists(st.tuples(st.integers(0, 5), st.integers(1, 999)), min_size=1, max_size=12),
)
def test_lines_carry_our_prices_or_every_wrong_one_is_named(
    offers: list[tuple[int, bool, str]], asked: list[tuple[int, int]]
) -> None:
    variants = [a_variant(price, for_sale=sale, currency=currency) for price, sale, currency in offers]
    strange = uuid7()
    wanted = [Wanted(variant_id=variants[i].id if i < len(variants) else strange, quantity=n) for i, n in asked]
    sums: dict[UUID, int] = {}
    wrong = set()
    for i, item in enumerate(wanted):
        sums[item.variant_id] = sums.get(item.variant_id, 0) + item.quantity
        variant = next((v for v in variants if v.id == item.variant_id), None)
        if variant is None or not variant.for_sale or variant.currency != "USD":
            wrong.add(f"lines[{i}].variant_id")
        if sums[item.variant_id] > 999:
            wrong.add(f"lines[{i}].quantity")
    if wrong:
        with pytest.raises(Invalid) as refused:
            model.price_lines(wanted, {v.id: v for v in variants}, "USD")
        assert {error.field for error in refused.value.errors} == wrong
        return
    lines = model.price_lines(wanted, {v.id: v for v in variants}, "USD")
    assert {line.variant_id: line.quantity for line in lines} == sums
    assert len(lines) == len(sums)
    prices = {v.id: v.price for v in variants}
    assert all(line.unit_price == prices[line.variant_id] for line in lines)


def a_line(quantity: int, price: int) -> Line:
    return Line(
        line_id=uuid7(),
        product_id=uuid7(),
        variant_id=uuid7(),
        seller_id=SELLERS[0],
        sku="S",
        title="T",
        quantity=quantity,
        unit_price=price,
    )


FLAT = Rate(code="flat", name="Flat", price=500, free_from=5000)
DISTANCE = Rate(code="truck", name="Truck", kind="distance", factor=2, origins=["10000", "20000", "nowhere"])


def test_flat_shipping_is_free_from_its_threshold_on() -> None:
    assert model.shipping_rate([FLAT], "flat", [a_line(1, 4999)], an_address(zip="02139"))[1] == 500
    assert model.shipping_rate([FLAT], "flat", [a_line(2, 2500)], an_address(zip="02139"))[1] == 0


def test_distance_shipping_is_from_the_nearest_origin_per_item() -> None:
    lines = [a_line(2, 1), a_line(1, 1)]
    assert model.shipping_rate([DISTANCE], "truck", lines, an_address(zip="19000"))[1] == 2 * (20000 - 19000 + 1) * 3
    assert (
        model.shipping_rate([DISTANCE], "truck", lines, an_address(zip="10100-1234"))[1] == 2 * (10100 - 10000 - 1) * 3
    )


@pytest.mark.parametrize("zip_code", ["AB1 2CD", "x-1"])
def test_distance_shipping_does_not_reach_a_zip_without_number(zip_code: str) -> None:
    with pytest.raises(Invalid, match="does not reach"):
        model.shipping_rate([DISTANCE], "truck", [a_line(1, 1)], an_address(zip=zip_code))


def test_an_unknown_option_is_refused_with_those_there_are() -> None:
    with pytest.raises(Invalid, match="must be one of flat, truck"):
        model.shipping_rate([FLAT, DISTANCE], "drone", [a_line(1, 1)], an_address())
    with pytest.raises(Invalid, match="must be one of standard"):
        model.shipping_rate([], "drone", [a_line(1, 1)], an_address())


def test_a_store_without_rates_ships_for_nothing() -> None:
    assert model.shipping_rate([], "standard", [a_line(1, 1)], an_address(zip="02139"))[1] == 0


@PURE
@given(
    st.lists(st.tuples(st.integers(1, 999), st.integers(0, 10**9)), min_size=1, max_size=4),
    st.text("0123456789", min_size=3, max_size=12),
)
def test_shipping_never_costs_less_than_nothing(items: list[tuple[int, int]], zip_code: str) -> None:
    lines = [a_line(quantity, price) for quantity, price in items]
    assert model.shipping_rate([FLAT, DISTANCE], FLAT.code, lines, an_address(zip=zip_code))[1] >= 0
    try:
        _, cost = model.shipping_rate([FLAT, DISTANCE], DISTANCE.code, lines, an_address(zip=zip_code))
    except Invalid:
        return  # farther than money can pay
    assert cost >= 0


def test_links_differ_by_order_store_and_secret() -> None:
    secret, store, order = "s" * 32, uuid7(), uuid7()
    link = model.link_token(secret, store, order)
    assert link == model.link_token(secret, store, order)
    others = {
        model.link_token(secret, store, uuid7()),
        model.link_token(secret, uuid7(), order),
        model.link_token("t" * 32, store, order),
    }
    assert link not in others
    assert len(others) == 3


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("529.982.247-25", "52998224725"),
        ("529 982 247 25", "52998224725"),
        ("11.222.333/0001-81", "11222333000181"),
        ("12.ABC.345/01DE-35", "12ABC34501DE35"),
        ("12.abc.345/01de-35", "12ABC34501DE35"),
        ("529.982.247-24", ""),
        ("11.222.333/0001-80", ""),
        ("12.ABC.345/01DE-34", ""),
        ("00000000000", ""),
        ("0", ""),
        ("", ""),
    ],
)
def test_tax_ids_have_digits_that_check_them(text: str, plain: str) -> None:
    assert model.tax_id(text) == plain
