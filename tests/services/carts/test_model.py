"""Rules of carts: nothing is lost, nothing passes its limit."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradehall.kernel.errors import Invalid
from tradehall.services.carts.model import (
    MOST_LINES,
    MOST_OF_ONE,
    Cart,
    Line,
    NotInCart,
    added,
    merged,
    ordered,
    with_quantity,
    without,
)

VARIANTS = [UUID(int=n) for n in range(1, 12)]
contents = st.dictionaries(st.sampled_from(VARIANTS), st.integers(1, MOST_OF_ONE))


def cart(quantities: dict[UUID, int]) -> Cart:
    return Cart(id=uuid4(), lines=[Line(variant_id=v, quantity=q, price=100) for v, q in quantities.items()])


def amounts(cart: Cart) -> dict[UUID, int]:
    return {line.variant_id: line.quantity for line in cart.lines}


@given(contents, contents)
def test_merging_adds_up_to_the_limit(account: dict[UUID, int], guest: dict[UUID, int]) -> None:
    joined, left = merged(cart(account), cart(guest))
    assert amounts(joined) == {
        v: min(MOST_OF_ONE, account.get(v, 0) + guest.get(v, 0)) for v in account.keys() | guest.keys()
    }
    assert left.lines == []


def test_merging_leaves_what_does_not_fit() -> None:
    full = cart({UUID(int=n): 1 for n in range(1, MOST_LINES + 1)})
    guest = cart({UUID(int=MOST_LINES + 1): 2, UUID(int=1): 3})
    joined, left = merged(full, guest)
    assert len(joined.lines) == MOST_LINES
    assert amounts(joined)[UUID(int=1)] == 4
    assert amounts(left) == {UUID(int=MOST_LINES + 1): 2}


@given(contents, contents)
def test_an_order_takes_its_quantities_and_no_more(before: dict[UUID, int], order: dict[UUID, int]) -> None:
    after = amounts(ordered(cart(before), list(order.items())))
    assert after == {v: q - order.get(v, 0) for v, q in before.items() if q > order.get(v, 0)}


def test_a_line_keeps_the_price_it_was_added_at() -> None:
    found = added(cart({VARIANTS[0]: 1}), VARIANTS[0], 2, 70)
    assert (found.lines[0].quantity, found.lines[0].price) == (3, 100)


def test_limits_are_refused_by_name() -> None:
    with pytest.raises(Invalid):
        added(cart({VARIANTS[0]: 999}), VARIANTS[0], 1, 100)
    full = cart({UUID(int=n): 1 for n in range(1, MOST_LINES + 1)})
    with pytest.raises(Invalid):
        with_quantity(full, UUID(int=MOST_LINES + 1), 1, 100)
    with pytest.raises(NotInCart):
        without(cart({}), VARIANTS[0])
