"""What is PayPal's alone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from tests.harness import Alone
from tests.providers.loopback import running
from tests.providers.paypal import CLIENT, KINDS, SECRET, WEBHOOK, PayPalServer
from tests.services.payments.at_provider import ACCOUNTS, agree, hurry, it, paid, tell, waiting
from tests.services.payments.paying import outcomes, reaches
from tradehall.services.payments.providers import ProviderRefused, ProviderTimeout, WrongSignature, paypal
from tradehall.services.payments.providers.keys import PayPalKeys
from tradehall.services.payments.providers.paypal import PayPal
from tradehall.services.payments.providers.paypal_says import Money, inward, outward

__all__ = ["hurry", "it", "server"]  # fixtures
KEYS = PayPalKeys(client_id=CLIENT, client_secret=SECRET, webhook_id=WEBHOOK, environment="sandbox")


@pytest.fixture(scope="module")
def server() -> Iterator[PayPalServer]:
    with running(PayPalServer) as made:
        yield made


async def test_a_bank_that_declines_what_the_buyer_agreed_to(it: Alone, server: PayPalServer) -> None:
    order, found = await waiting(it, server)
    server.declines = True
    try:
        server.pay(found["id"])
        assert await tell(it, server, found["id"]) == 204
        after = await reaches(it, order, "declined")
    finally:
        server.declines = False
    assert after["note"] == "PayPal could not take the money."
    await it.idle()
    assert outcomes(it, order) == ["FAILED"]
    assert await tell(it, server, found["id"]) == 204
    await it.idle()
    assert server.taken(found["id"]) == 0, "what was declined once is not tried again"
    await agree(it, server)


async def test_an_order_that_paypal_has_forgotten_is_over(it: Alone, server: PayPalServer) -> None:
    order, found = await waiting(it, server)
    del server.orders[server.order_of(found["id"])["id"]]
    after = await reaches(it, order, "declined")
    assert after["captured"] == 0
    await it.idle()
    assert outcomes(it, order) == ["FAILED"]


async def test_a_token_that_is_over_is_asked_for_anew(it: Alone, server: PayPalServer) -> None:
    server.tokens.clear()
    await paid(it, server)
    server.tokens.clear()
    server.faults += [("POST /v1/oauth2/token", "before"), ("POST /v1/oauth2/token", "after")]
    await paid(it, server)
    assert server.faults == []


async def test_money_under_review_waits_and_the_buyer_is_not_asked_again(it: Alone, server: PayPalServer) -> None:
    order, found = await waiting(it, server)
    server.pay(found["id"])
    there = server.order_of(found["id"])
    (unit,) = there["purchase_units"]
    there["status"] = "COMPLETED"
    held = {"id": "1", "status": "PENDING", "amount": unit["amount"]}
    unit["payments"]["captures"] = [held]
    after = await reaches(it, order, "charging")
    assert after["action"] is None
    held["status"] = "COMPLETED"
    await reaches(it, order, "paid")


async def test_what_moved_just_now_may_not_be_in_its_books_yet(
    it: Alone, server: PayPalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, found = await paid(it, server)
    moved, server.moved = server.moved, []
    try:
        path = f"{ACCOUNTS}/paypal/reconciliation"
        assert (await it.client("store_admin").get(path)).json()["differences"] == []
        monkeypatch.setattr(PayPal, "behind", timedelta(0))
        late = {one["payment_id"] for one in (await it.client("store_admin").get(path)).json()["differences"]}
        assert str(found["id"]) in late
    finally:
        server.moved = moved


@pytest.fixture
async def adapter(server: PayPalServer) -> Any:
    async with httpx.AsyncClient() as http:
        yield PayPal(KEYS, http, server.url)


async def test_webhooks_of_others_with_certificates_of_their_own(
    adapter: PayPal, server: PayPalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = server.told("0" * 32, "paid")
    assert (await adapter.hear(server.signed(body), body)).kind == KINDS["paid"]
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for key, certificate in (
        (server._other_key, f"{server.url}/certs/theirs"),
        (server._other_key, f"{server.url}/certs/ours"),
        (server._key, f"{server.url}/certs/theirs"),
        (server._key, "https://api.paypal.com.evil.example/certs/ours"),
        (server._key, "http://api.paypal.com/certs/ours"),
        (server._key, "https://api.paypal.com:8443/certs/ours"),
        (server._key, f"{server.url}@evil.example/certs/ours"),
        (server._key, ""),
    ):
        with pytest.raises(WrongSignature):
            await adapter.hear(server.signed_with(body, key, at, certificate), body)
    ahead = (datetime.now(UTC) + timedelta(days=4)).strftime("%Y-%m-%dT%H:%M:%SZ")
    with pytest.raises(WrongSignature):
        await adapter.hear(server.signed_with(body, server._key, ahead, f"{server.url}/certs/ours"), body)
    async with httpx.AsyncClient() as http:
        with pytest.raises(WrongSignature):
            await PayPal(KEYS, http).hear(server.signed(body), body)
    monkeypatch.setattr(paypal, "_certificates", {})
    server.faults.append(("GET /certs/ours", "before"))
    with pytest.raises(ProviderTimeout):
        await adapter.hear(server.signed(body), body)


@pytest.mark.parametrize(
    ("currency", "amount", "value"),
    [("USD", 1999, "19.99"), ("BRL", 100, "1.00"), ("JPY", 1999, "1999"), ("HUF", 199900, "1999"), ("TWD", 100, "1")],
)
def test_amounts_as_paypal_writes_them(currency: str, amount: int, value: str) -> None:
    written = outward(amount, currency)
    assert written == {"currency_code": currency, "value": value}
    assert inward(Money(value=Decimal(value), currency_code=currency)) == (amount, currency)


def test_a_fraction_that_paypal_cannot_take_is_refused() -> None:
    with pytest.raises(ProviderRefused):
        outward(199901, "HUF")
