"""What a way to pay takes off, or instalments put on: the order says it, and every split of it adds up to the cent."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.makers import a_product, lines_of
from tradehall.contracts.stores import PaymentTerms
from tradehall.contracts.values import Line, smallest
from tradehall.services.orders.model import adjusted
from tradehall.services.orders.model.reducing import SoldLine, worth

CURRENCIES = st.sampled_from(["USD", "IDR", "JPY", "KWD"])
TERMS = st.builds(
    PaymentTerms,
    discount=st.integers(0, 9000),
    instalments=st.integers(1, 24),
    least=st.integers(0, 10_000),
    interest_free=st.integers(1, 24),
    interest=st.integers(0, 1000),
)


@st.composite
def lines(draw: Any, currency: str) -> list[Line]:
    unit = smallest(currency)
    prices = draw(st.lists(st.integers(0, 300_000), min_size=1, max_size=5))
    quantities = draw(st.lists(st.integers(1, 999), min_size=len(prices), max_size=len(prices)))
    return lines_of(a_product(*(price * unit for price in prices), currency=currency), *quantities)


@given(TERMS, st.integers(0, 10**9), st.integers(0, 10**6), CURRENCIES)
def test_each_way_to_pay_adds_up(terms: PaymentTerms, subtotal: int, shipping: int, currency: str) -> None:
    unit = smallest(currency)
    subtotal, shipping = subtotal * unit, shipping * unit
    ways = terms.choices(subtotal, shipping, currency)
    assert ways[0].instalments == 1
    for way in ways:
        assert way.first + way.each * (way.instalments - 1) == way.total
        assert way.total == subtotal - way.discount + shipping + way.interest
        assert 0 <= way.discount <= subtotal
        assert way.interest >= 0
        assert way.first >= way.each
        assert all(part % unit == 0 for part in (way.first, way.each, way.discount, way.interest))
        if way.instalments > 1:
            assert way.each >= terms.least
            assert way.discount == 0
            assert way.instalments > terms.interest_free or way.interest == 0
    by_number = [way.total for way in ways[1:]]
    assert by_number == sorted(by_number), "more instalments never cost less"


@given(st.data(), CURRENCIES, st.integers(0, 9000), st.integers(0, 23_000))
def test_the_lines_share_it_and_give_it_back_to_the_cent(
    data: Any, currency: str, discount: int, interest: int
) -> None:
    sold = data.draw(lines(currency))
    subtotal = sum(line.line_total for line in sold)
    unit = smallest(currency)
    less = subtotal * discount // 10_000 // unit * unit
    more = 0 if less else subtotal * interest // 10_000 // unit * unit
    shared = adjusted(sold, more - less, currency)
    assert sum(line.paid for line in shared) == subtotal - less + more
    assert all(line.paid >= 0 for line in shared)
    for line in shared:
        back, rest = 0, line.quantity
        kept = SoldLine(**msgspec.structs.asdict(line))
        while rest:
            part = data.draw(st.integers(1, rest))
            given_back = worth(kept, part, currency)
            assert given_back >= 0
            assert given_back % unit == 0
            back, rest = back + given_back, rest - part
            kept = msgspec.structs.replace(kept, cancelled=line.quantity - rest)
        assert back == line.paid


def test_examples() -> None:
    pix = PaymentTerms(discount=500)
    assert pix.price(10_000, 1_000, "BRL").total == 10_500
    card = PaymentTerms(instalments=6, interest_free=3, interest=199, least=2_000)
    assert [(way.instalments, way.total) for way in card.choices(10_000, 0, "BRL")] == [
        (1, 10_000),
        (2, 10_000),
        (3, 10_000),
        (4, 10_199),
        (5, 10_398),
    ]
    three = card.price(10_000, 0, "BRL", 3)
    assert (three.first, three.each) == (3_334, 3_333)
    assert PaymentTerms(discount=333).price(1_000_000, 0, "IDR").discount == 33_300


@pytest.mark.parametrize("amount", [-1, 1])
def test_goods_that_cost_nothing_take_no_share(amount: int) -> None:
    first, second = adjusted(lines_of(a_product(0, 500), 1, 1), amount, "USD")
    assert (first.adjustment, second.adjustment) == (0, amount)
