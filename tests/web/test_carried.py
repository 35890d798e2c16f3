"""What a browser carries for us stays ours: sealed, of one browser, for a while."""

import string

from hypothesis import given, strategies

from tradehall.web import carried
from tradehall.web.carried import HalfLoggedIn, SentToIssuer

SECRET = "a secret of sufficient length 0123456789"
THING = HalfLoggedIn(then="/account", email="a@example.com", password="correct horse")


@given(strategies.text(), strategies.text())
def test_what_is_closed_is_opened_again_and_shows_nothing(password: str, then: str) -> None:
    thing = HalfLoggedIn(then=then, email="a@example.com", password=password)
    value = carried.close(SECRET, thing, about="store visitor")
    assert set(value) <= set(string.ascii_letters + string.digits + "-_=")
    assert carried.reopen(SECRET, HalfLoggedIn, value, about="store visitor") == thing


def test_it_opens_for_nobody_and_nothing_else() -> None:
    value = carried.close(SECRET, THING, about="store visitor")
    assert carried.reopen(SECRET, HalfLoggedIn, value, about="store another") is None
    assert carried.reopen("x" * 40, HalfLoggedIn, value, about="store visitor") is None
    assert carried.reopen(SECRET, SentToIssuer, value, about="store visitor") is None


@given(strategies.text())
def test_what_was_never_closed_does_not_open(value: str) -> None:
    assert carried.reopen(SECRET, HalfLoggedIn, value, about="store visitor") is None


def test_it_fits_into_a_cookie() -> None:
    thing = HalfLoggedIn(then="/" * 1000, email="a" * 254, password="\U0001f40e" * 128)
    assert len(carried.close(SECRET, thing, about="store visitor")) < 3500
