"""What is Stripe's alone."""

import pytest

from tradehall.services.payments.providers.stripe import _inward, _outward


@pytest.mark.parametrize(
    ("currency", "ours", "theirs"),
    [("USD", 1999, 1999), ("JPY", 1999, 1999), ("ISK", 1999, 199900), ("KWD", 1990, 1990)],
)
def test_amounts_of_currencies_that_stripe_counts_otherwise(currency: str, ours: int, theirs: int) -> None:
    assert (_outward(ours, currency), _inward(theirs, currency)) == (theirs, ours)
