"""However an order is cut into parts: what is given back adds up to what was paid, and never to more."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradehall.contracts.values import Address
from tradehall.kernel.errors import Invalid
from tradehall.kernel.ids import uuid7
from tradehall.services.orders.model import NoSuchTransition, Order, Parcel
from tradehall.services.orders.model.reducing import (
    NoReturns,
    Part,
    Receipt,
    Reduction,
    SoldLine,
    all_back,
    ask_back,
    cancel_parts,
    cancel_rest,
    chosen,
    emptied,
    moved,
    received,
)

NOW = datetime(2026, 5, 1, tzinfo=UTC)
HOME = Address(name="Ada", line1="1 Mill Lane", city="Boston", zip="02139")
sold = st.lists(st.tuples(st.integers(0, 2), st.integers(1, 5), st.integers(0, 9999)), min_size=1, max_size=6)


def an_order(
    facts: list[tuple[int, int, int]], shipping: int, status: Any
) -> tuple[Order, list[Parcel], list[SoldLine]]:
    """Of (seller, quantity, price)."""
    sellers = [UUID(int=number + 1) for number in range(3)]
    lines = [
        SoldLine(
            line_id=uuid7(),
            product_id=uuid7(),
            variant_id=uuid7(),
            seller_id=sellers[seller],
            sku="A",
            title="A",
            quantity=quantity,
            unit_price=price,
        )
        for seller, quantity, price in facts
    ]
    subtotal = sum(line.line_total for line in lines)
    order = Order(
        id=uuid7(),
        number="A",
        customer_id=None,
        email="ada@example.org",
        name="Ada",
        status=status,
        currency="USD",
        subtotal=subtotal,
        shipping_code="standard",
        shipping_price=shipping,
        total=subtotal + shipping,
        address=HOME,
        payment_method="proof",
        expires_at=NOW,
        created_at=NOW,
    )
    arrived = status == "DELIVERED"
    parcels = [
        Parcel(
            id=uuid7(),
            seller_id=seller,
            status="DELIVERED" if arrived else "PENDING",
            delivered_at=NOW if arrived else None,
        )
        for seller in dict.fromkeys(line.seller_id for line in lines)
    ]
    return order, parcels, lines


def less(order: Order, lines: list[SoldLine], by: Reduction) -> tuple[Order, list[SoldLine]]:
    """As the database does it."""
    back = {line.line_id: line.quantity for line in by.lines}
    changed = [
        msgspec.structs.replace(line, **{by.kind: getattr(line, by.kind) + back.get(line.line_id, 0)}) for line in lines
    ]
    order = msgspec.structs.replace(
        order, reduced=order.reduced + by.total, shipping_reduced=order.shipping_reduced + by.shipping
    )
    return order, changed


@given(facts=sold, shipping=st.integers(0, 999), data=st.data())
def test_parts_that_are_cancelled_add_up_to_the_total(
    facts: list[tuple[int, int, int]], shipping: int, data: st.DataObject
) -> None:
    order, parcels, lines = an_order(facts, shipping, "CONFIRMED")
    ended = False
    for _ in range(data.draw(st.integers(0, 8))):
        line = data.draw(st.sampled_from(lines))
        quantity = data.draw(st.integers(1, 6))
        if quantity > line.free:
            with pytest.raises(Invalid):
                chosen([Part(line_id=line.line_id, quantity=quantity)], lines, only=None)
            continue
        parts = chosen([Part(line_id=line.line_id, quantity=quantity)], lines, only=None)
        reduction = cancel_parts(order, parcels, lines, parts, "x")
        gone = {parcel.id for parcel in emptied(parcels, lines, reduction)}
        order, lines = less(order, lines, reduction)
        parcels = [msgspec.structs.replace(p, status="CANCELLED") if p.id in gone else p for p in parcels]
        left = {line.seller_id for line in lines if line.remaining}
        assert {p.seller_id for p in parcels if p.status == "PENDING"} == left
        assert 0 <= order.reduced <= order.total
        assert reduction.whole == (not left)
        ended = reduction.whole
        if ended:
            break
    if not ended:
        order, lines = less(order, lines, cancel_rest(order, parcels, lines, "x"))
    assert (order.reduced, order.shipping_reduced) == (order.total, shipping)
    assert all(line.remaining == 0 for line in lines)


@given(facts=sold, shipping=st.integers(0, 999), data=st.data())
def test_what_comes_back_is_never_paid_for_twice(
    facts: list[tuple[int, int, int]], shipping: int, data: st.DataObject
) -> None:
    order, parcels, lines = an_order(facts, shipping, "DELIVERED")
    of = {parcel.seller_id: parcel for parcel in parcels}
    for _ in range(data.draw(st.integers(1, 8))):
        line = data.draw(st.sampled_from(lines))
        if not line.free:
            continue
        quantity = data.draw(st.integers(1, line.free))
        (asked,) = ask_back(order, parcels, [(line, quantity)], "x", at=NOW, days=30)
        asked = moved(asked, "approved", at=NOW)
        came = data.draw(st.integers(1, quantity))
        most = line.unit_price * came
        receipt = Receipt(line_id=line.line_id, quantity=came, amount=data.draw(st.none() | st.integers(0, most)))
        fee = data.draw(st.integers(0, order.shipping_price - order.shipping_reduced))
        reduction = received(asked, order, lines, [receipt], of[line.seller_id], fee)
        whole = all_back(order, lines, {line.line_id: came})
        order, lines = less(order, lines, reduction)
        assert whole == all(line.remaining == 0 for line in lines)
        assert 0 <= order.reduced <= order.total
        assert order.reduced <= sum(x.unit_price * x.returned for x in lines) + order.shipping_reduced


@pytest.mark.parametrize("status", ["PENDING", "SHIPPED", "DELIVERED", "CANCELLED", "RETURNED"])
def test_only_of_what_waits_to_be_sent_a_part_is_cancelled(status: Any) -> None:
    order, parcels, lines = an_order([(0, 2, 100)], 0, status)
    with pytest.raises(NoSuchTransition):
        cancel_parts(order, parcels, lines, [(lines[0], 1)], "x")


@pytest.mark.parametrize(
    ("after", "days", "late"), [(29, 30, False), (30, 30, False), (31, 30, True), (999, None, False)]
)
def test_days_to_ask(after: int, days: int | None, late: bool) -> None:
    order, parcels, lines = an_order([(0, 2, 100)], 0, "DELIVERED")
    at = NOW + timedelta(days=after)
    if late:
        with pytest.raises(NoReturns):
            ask_back(order, parcels, [(lines[0], 1)], "x", at=at, days=days)
    else:
        assert len(ask_back(order, parcels, [(lines[0], 1)], "x", at=at, days=days)) == 1
