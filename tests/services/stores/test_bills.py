"""Tax adds up, and what goes back is never more than was paid."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tradehall.services.stores.bills import Tax, asked, price_of, rest

START = datetime(2027, 1, 31, 12, tzinfo=UTC)
AMOUNTS = st.integers(0, 10**9)
MINUTES = st.integers(0, 800 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))


@given(AMOUNTS, st.integers(0, 10_000), st.booleans())
def test_net_and_tax_are_what_is_asked_for_and_the_price_comes_back(price: int, rate: int, included: bool) -> None:
    bill = asked(price, Tax(name="VAT", rate=rate, included=included))
    assert bill.net + bill.tax == bill.amount
    assert min(bill.net, bill.tax) >= 0
    assert price_of(bill.amount, bill.tax, included=included) == price
    assert (bill.amount == price) if included or not rate else bill.amount >= price


@given(AMOUNTS, MINUTES, MINUTES, MINUTES)
def test_the_rest_shrinks_from_all_of_it_to_nothing(
    amount: int, length: timedelta, since: timedelta, later: timedelta
) -> None:
    end = START + length + timedelta(days=1)
    at = START + later
    now, tomorrow = (rest(amount, START, end, START + since, when) for when in (at, at + timedelta(days=1)))
    assert amount >= now >= tomorrow >= 0
    assert rest(amount, START, end, START + since, end) == 0


def test_a_day_begun_is_used_up_and_a_period_that_has_not_begun_goes_back_whole() -> None:
    end = START + timedelta(days=30)
    for days, back in ((0, 3000), (1, 2900), (29, 100), (30, 0)):
        assert rest(3000, START, end, START, START + timedelta(days=days)) == back
    assert rest(3000, START, end, START, START + timedelta(minutes=1)) == 2900
    assert rest(3000, START, end, START, START - timedelta(days=5)) == 3000
    late = START + timedelta(days=20)
    assert rest(1000, START, end, late, late) == 1000
    assert rest(1000, START, end, late, late + timedelta(days=5)) == 500
