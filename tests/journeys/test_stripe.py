"""A store with an account at Stripe, in both placements and through kill -9: paid on its page, confirmed, paid back."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.journeys.program import Program
from tests.journeys.shop import eventually
from tests.journeys.test_hard_times import SmallShop, open_small_shop
from tests.providers.loopback import running
from tests.providers.stripe import KEY, WEBHOOK_SECRET, StripeServer

ACCOUNTS = "/api/v1/payments/accounts"


@pytest.fixture
def server() -> Iterator[StripeServer]:
    with running(StripeServer) as made:
        yield made


async def an_order(shop: SmallShop) -> tuple[dict[str, Any], dict[str, Any]]:
    """That waits for its buyer, and its payment."""
    draft = await shop.draft("stripe")
    made = await shop.guest.http.post("/api/v1/orders", json=draft, headers={"idempotency-key": uuid4().hex})
    assert made.status_code == 201, made.text
    order: dict[str, Any] = made.json()
    return order, await paid_as(shop, order, "action")


async def paid_as(shop: SmallShop, order: dict[str, Any], status: str, seconds: float = 30) -> dict[str, Any]:
    async def there() -> dict[str, Any] | None:
        answer = await shop.guest.http.get(f"/api/v1/payments/{order['id']}", params={"token": order["link"]})
        payment: dict[str, Any] | None = answer.json() if answer.is_success else None
        return payment if payment and payment["status"] == status else None

    return await eventually(there, seconds)  # type: ignore[no-any-return]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("processes", [False, True], ids=["one process", "processes"])
async def test_paid_on_stripes_page_confirmed_and_paid_back(
    alone: list[Program], server: StripeServer, processes: bool
) -> None:
    program = Program(demo=False, processes=processes, TRADEHALL_STRIPE_URL=server.url)
    alone.append(program)
    program.start().wait_ready()
    shop = await open_small_shop(program, payment_methods=["stripe"])
    try:
        account = {"provider": "stripe", "secret_key": KEY, "webhook_secret": WEBHOOK_SECRET}
        await shop.admin.ask("PUT", ACCOUNTS, account)
        await shop.stock(20)

        order, payment = await an_order(shop)
        assert server.pay(payment["id"])
        body = server.event(payment["id"], "checkout.session.completed")
        for _ in range(2):
            told = await shop.guest.http.post(
                "/api/v1/payments/webhooks/stripe", content=body, headers=server.signed(body)
            )
            assert told.status_code == 204
        await shop.guest.until(order, "CONFIRMED", timeout=30)
        back = {"amount": {"amount": 500, "currency": "USD"}, "reason": "Scratched"}
        for _ in range(2):
            answer = await shop.admin.http.post(
                f"/api/v1/payments/{order['id']}/refunds", json=back, headers={"idempotency-key": "once"}
            )
            assert answer.status_code == 201

        async def back_there() -> bool:
            charge = server.intent_of(payment["id"])["latest_charge"]
            return bool(charge["amount_refunded"] == 500)

        await eventually(back_there, 30)

        left, waiting = await an_order(shop)
        await shop.admin.ask("POST", f"/api/v1/orders/{left['id']}/cancel", {"reason": "Changed my mind"})
        await paid_as(shop, left, "void")
        assert not server.pay(waiting["id"])

        # The buyer pays, and everything is killed before anybody hears of it: the reaper does.
        late, paid = await an_order(shop)
        assert server.pay(paid["id"])
        if processes:
            program.kill_service("payments")
        else:
            program.kill()
            program.start().wait_ready()
        await paid_as(shop, late, "paid", 60)
        shop.guest.patience = 60
        await shop.guest.until(late, "CONFIRMED", timeout=60)
        for one in (payment, paid):
            assert server.taken(one["id"]) == one["amount"]["amount"]
        books = await shop.admin.get(f"{ACCOUNTS}/stripe/reconciliation")
        assert books["differences"] == []
        assert books["captured"] == books["captured_there"] == payment["amount"]["amount"] * 2
    finally:
        await shop.close()
