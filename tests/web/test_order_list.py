"""What is typed at the list of orders, and what the API is asked for it."""

import pytest

from tests.web.conftest import Web
from tests.web.test_payment_pages import admin_of
from tradehall.web.pages.order_list import TYPED, read


def asked(**given: str) -> dict[str, str]:
    return {name: given.get(name, "") for name in TYPED}


def test_days_are_the_stores_and_the_last_one_counts() -> None:
    filters, wrong = read(asked(since="2026-03-08", until="2026-03-08"), "America/New_York", "USD")
    assert not wrong
    assert filters == {"since": "2026-03-08T00:00:00-05:00", "until": "2026-03-09T00:00:00-04:00"}


def test_amounts_are_of_the_currency() -> None:
    assert read(asked(total_from="12.50", total_to="13"), "UTC", "USD")[0] == {"total_from": "1250", "total_to": "1300"}
    assert read(asked(total_from="12"), "UTC", "JPY")[0] == {"total_from": "12"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"since": "8 March"}, "8 March is no day"),
        ({"until": "9999-12-31"}, "9999-12-31 is no day"),
        ({"total_to": "1,000"}, "1,000 is no amount"),
    ],
    ids=["a word", "the last day", "a thousand or one"],
)
def test_what_cannot_be_read_is_said(given: dict[str, str], said: str) -> None:
    filters, wrong = read(asked(**given), "UTC", "USD")
    assert (filters, said in wrong) == ({}, True)


async def test_what_was_typed_stays_and_what_is_wrong_is_said(shop: Web) -> None:
    admin = await admin_of(shop)
    page = await admin.open("/admin/orders?q=ada&since=never&status=CONFIRMED")
    assert page.status_code == 422
    assert "never is no day" in page.text
    assert 'value="ada"' in page.text
    assert 'name="status" value="CONFIRMED"' in page.text
    page = await admin.open("/admin/orders?q=ada&only=reduced")
    assert page.status_code == 200
    assert "More filters" in page.text
