"""A store that sells in rupiah, by Midtrans in instalments and by a virtual account at Xendit with a discount, in both
placements: what the buyer saw is what is taken, and of a part that is cancelled what was paid for it goes back."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.journeys.program import Program
from tests.journeys.shop import eventually, ordered_when_offered
from tests.journeys.test_hard_times import SmallShop, open_small_shop
from tests.journeys.test_providers import paid_as
from tests.providers.loopback import running
from tests.providers.midtrans import MidtransServer
from tests.providers.xendit import XenditAccounts

ACCOUNTS = "/api/v1/payments/accounts"
SETTINGS = {
    "currency": "IDR",
    "payment_methods": ["midtrans", "xendit-va"],
}
TERMS = {"midtrans": {"instalments": 6, "interest_free": 3, "interest": 150}, "xendit-va": {"discount": 333}}
PRICE, SHIPPING = 19_900_000, 500


@pytest.fixture
def servers() -> Iterator[tuple[MidtransServer, XenditAccounts]]:
    with running(MidtransServer) as midtrans, running(XenditAccounts) as xendit:
        yield midtrans, xendit


async def ordered(shop: SmallShop, total: int, **payment: Any) -> tuple[dict[str, Any], UUID]:
    """Two of the goods, and the id of the payment that waits for its buyer."""
    draft = await shop.draft(payment["method"])
    draft["lines"][0]["quantity"] = 2
    draft |= {"payment": payment, "expected_total": {"amount": 2 * PRICE + SHIPPING, "currency": "IDR"}}
    refused = await ordered_when_offered(shop.guest, draft, status=409)
    assert refused.json()["extra"]["total"]["amount"] == total
    draft["expected_total"]["amount"] = total
    made = await shop.guest.http.post("/api/v1/orders", json=draft, headers={"idempotency-key": uuid4().hex})
    assert made.status_code == 201, made.text
    order: dict[str, Any] = made.json()
    return order, UUID((await paid_as(shop, order, "action"))["id"])


@pytest.mark.timeout(300)
@pytest.mark.parametrize("processes", [False, True], ids=["one process", "processes"])
async def test_bought_in_instalments_and_with_a_discount(
    alone: list[Program], servers: tuple[MidtransServer, XenditAccounts], processes: bool
) -> None:
    midtrans, xendit = servers
    addresses = {"TRADEHALL_MIDTRANS_URL": midtrans.url, "TRADEHALL_XENDIT_URL": xendit.url}
    program = Program(demo=False, processes=processes, **addresses)
    alone.append(program)
    program.start().wait_ready()
    shop = await open_small_shop(program, **SETTINGS)
    try:
        await shop.admin.ask("PATCH", "/api/v1/store", {"payment_terms": TERMS})
        for server in (midtrans, xendit):
            await shop.admin.ask("PUT", ACCOUNTS, {"provider": server.name, **server.account})
        await shop.stock(20, PRICE)
        goods = 2 * PRICE

        interest = (goods + SHIPPING) * 450 // 10_000 // 100 * 100
        card, id = await ordered(shop, goods + SHIPPING + interest, method="midtrans", instalments=6)
        assert midtrans.page_of(id)["given"]["credit_card"]["installment"]["terms"]["bca"] == [6]
        assert midtrans.pay(id)
        told = await shop.guest.http.post(
            "/api/v1/payments/webhooks/midtrans", content=midtrans.told(id, "paid"), headers=midtrans.signed(b"")
        )
        assert told.status_code == 204
        await shop.guest.until(card, "CONFIRMED", timeout=30)
        assert midtrans.taken(id) == card["total"]["amount"] == goods + SHIPPING + interest

        discount = goods * 333 // 10_000 // 100 * 100
        bank, id_there = await ordered(shop, goods + SHIPPING - discount, method="xendit-va")
        assert xendit.pay(id_there)
        await shop.guest.until(bank, "CONFIRMED", timeout=60)
        assert xendit.taken(id_there) == bank["total"]["amount"]

        one = {"lines": [{"line_id": card["lines"][0]["line_id"], "quantity": 1}], "reason": "One is enough"}
        less = await shop.guest.http.post(
            f"/api/v1/orders/{card['id']}/lines/cancel",
            json=one,
            params={"token": card["link"]},
            headers={"idempotency-key": uuid4().hex},
        )
        assert less.status_code == 200, less.text
        back = less.json()["reduced"]["amount"]
        assert 0 <= back - (goods + interest) // 2 + 100 <= 100, "half of what was paid for them"

        async def given_back() -> bool:
            return midtrans.given_back(id) == back

        await eventually(given_back, 30)

        async def agreed() -> bool:
            books = [await shop.admin.get(f"{ACCOUNTS}/{server.name}/reconciliation") for server in servers]
            return [one["differences"] for one in books] == [[], []]

        await eventually(agreed, 30)
    finally:
        await shop.close()
