"""What is Xendit's alone: invoices that end, virtual accounts and what is shown of them, amounts in whole units."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from tests.harness import Alone
from tests.makers import LINK, placed
from tests.providers.loopback import running
from tests.providers.xendit import XenditAccounts
from tests.services.payments.at_provider import hurry, it, waiting
from tests.services.payments.paying import books, cancel, outcomes, reaches, start
from tradehall.contracts.orders import PaymentChoice
from tradehall.services.payments.providers import ProviderRefused
from tradehall.services.payments.providers.asking import to_minor
from tradehall.services.payments.providers.xendit import _units

__all__ = ["hurry", "it"]  # fixtures


@pytest.fixture(scope="module")
def server() -> Iterator[XenditAccounts]:
    with running(XenditAccounts) as made:
        yield made


async def test_an_invoice_that_has_ended_ends_the_payment(it: Alone, server: XenditAccounts) -> None:
    order = await start(it, placed(payment=PaymentChoice(method="xendit"), currency="IDR"))
    found = await reaches(it, order, "action")
    invoice = server.invoice_of(found["id"])
    assert not invoice["should_send_email"], "what was not recorded must be seen by nobody"
    invoice["status"] = "EXPIRED"
    await reaches(it, order, "declined")
    await it.idle()
    assert outcomes(it, order) == ["FAILED"]


async def test_the_buyer_sees_the_number_and_its_bank(it: Alone, server: XenditAccounts) -> None:
    order, found = await waiting(it, server)
    shown = (await it.client().get(f"/api/v1/payments/{order.order_id}", params={"token": LINK})).json()
    account = server.account_of(found["id"])
    action = shown["action"]
    assert (action["kind"], action["code"], action["bank"]) == ("account", account["account_number"], "BNI")
    assert account["expected_amount"] == order.total / 100
    await cancel(it, order)
    await reaches(it, order, "void")


async def test_what_came_by_bank_is_given_back_by_hand(it: Alone, server: XenditAccounts) -> None:
    order, found = await waiting(it, server)
    assert server.pay(found["id"])
    await reaches(it, order, "paid")
    await cancel(it, order)
    await reaches(it, order, "refunding")
    admin = it.client("store_admin")
    assert (await admin.get(f"/api/v1/payments/{order.order_id}")).json()["back_by_hand"]
    done = await admin.post(f"/api/v1/payments/{order.order_id}/refunded", json={"note": "By transfer"})
    assert done.json()["status"] == "refunded"
    assert await books(it) == []
    compared = (await admin.get("/api/v1/payments/accounts/xendit/reconciliation")).json()
    assert compared["differences"] == [], "it was given back by another way"


async def test_what_it_would_cut_off_is_not_asked_for(it: Alone, server: XenditAccounts) -> None:
    for method in ("xendit", "xendit-va"):
        order = placed(payment=PaymentChoice(method=method), currency="IDR", total=5001, subtotal=5001)
        await reaches(it, await start(it, order), "declined")
    assert not [one for one in server.invoices.values() if one["status"] == "PENDING"]


@pytest.mark.parametrize(
    ("minor", "currency", "units"),
    [(5000, "IDR", 50), (1999, "PHP", Decimal("19.99")), (1999, "VND", 1999), (0, "IDR", 0)],
)
def test_amounts_go_out_and_come_back_exactly(minor: int, currency: str, units: int | Decimal) -> None:
    assert _units(minor, currency) == units
    assert to_minor(Decimal(units), currency) == minor


def test_amounts_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ProviderRefused):
        _units(5001, "IDR")
    with pytest.raises(ProviderRefused):
        to_minor(Decimal("19.999"), "PHP")
