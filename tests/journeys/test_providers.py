"""A store with an account at a provider, in both placements and through kill -9: paid there, confirmed, paid back."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.journeys.program import Program
from tests.journeys.shop import eventually, ordered_when_offered
from tests.journeys.test_hard_times import SmallShop, open_small_shop
from tests.providers import ProviderServer
from tests.providers.loopback import running
from tests.providers.midtrans import MidtransServer
from tests.providers.pagarme import PixServer
from tests.providers.paypal import PayPalServer
from tests.providers.stripe import StripeServer
from tests.providers.xendit import XenditServer

ACCOUNTS = "/api/v1/payments/accounts"
SERVERS: dict[str, type[Any]] = {
    "stripe": StripeServer,
    "paypal": PayPalServer,
    "pagarme-pix": PixServer,
    "xendit": XenditServer,
    "midtrans": MidtransServer,
}


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[ProviderServer]:
    with running(SERVERS[request.param]) as made:
        yield made


async def an_order(shop: SmallShop, server: ProviderServer) -> tuple[dict[str, Any], dict[str, Any]]:
    """That waits for its buyer, and its payment."""
    choice = server.ways["page"]
    draft = await shop.draft(choice.method)
    draft["payment"] = {"method": choice.method} | ({"tax_id": choice.tax_id} if choice.tax_id else {})
    draft["address"] |= {"phone": "+55 (11) 98765-4321"}
    order: dict[str, Any] = (await ordered_when_offered(shop.guest, draft)).json()
    return order, await paid_as(shop, order, "action")


async def paid_as(shop: SmallShop, order: dict[str, Any], status: str, seconds: float = 30) -> dict[str, Any]:
    async def there() -> dict[str, Any] | None:
        answer = await shop.guest.http.get(f"/api/v1/payments/{order['id']}", params={"token": order["link"]})
        payment: dict[str, Any] | None = answer.json() if answer.is_success else None
        return payment if payment and payment["status"] == status else None

    return await eventually(there, seconds)  # type: ignore[no-any-return]


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("server", "processes"),
    [
        ("stripe", False),
        ("stripe", True),
        ("paypal", False),
        ("pagarme-pix", False),
        ("xendit", False),
        ("midtrans", False),
    ],
    ids=[
        "stripe-one process",
        "stripe-processes",
        "paypal-one process",
        "pix-one process",
        "xendit-one process",
        "midtrans-one process",
    ],
    indirect=["server"],
)
async def test_paid_at_the_provider_confirmed_and_paid_back(
    alone: list[Program], server: ProviderServer, processes: bool
) -> None:
    address = {f"TRADEHALL_{server.name.upper()}_URL": server.url}
    program = Program(demo=False, processes=processes, **address, **server.environ)
    alone.append(program)
    program.start().wait_ready()
    methods = [server.ways["page"].method]
    shop = await open_small_shop(program, payment_methods=methods, currency=server.currency)
    try:
        await shop.admin.ask("PUT", ACCOUNTS, {"provider": server.name, **server.account})
        await shop.stock(20, 2000)  # some providers know no parts

        order, payment = await an_order(shop, server)
        assert server.pay(payment["id"])
        body = server.told(payment["id"], "paid")
        for _ in range(2):
            told = await shop.guest.http.post(
                f"/api/v1/payments/webhooks/{server.name}", content=body, headers=server.signed(body)
            )
            assert told.status_code == 204
        await shop.guest.until(order, "CONFIRMED", timeout=30)
        back = {"amount": {"amount": 500, "currency": server.currency}, "reason": "Scratched"}
        for _ in range(2):
            answer = await shop.admin.http.post(
                f"/api/v1/payments/{order['id']}/refunds", json=back, headers={"idempotency-key": "once"}
            )
            assert answer.status_code == 201

        async def back_there() -> bool:
            return server.given_back(payment["id"]) == 500

        await eventually(back_there, 30)

        left, waiting = await an_order(shop, server)
        await shop.admin.ask("POST", f"/api/v1/orders/{left['id']}/cancel", {"reason": "Changed my mind"})
        await paid_as(shop, left, "void")
        assert server.closed(waiting["id"])

        # The buyer pays, and everything is killed before anybody hears of it: the reaper does.
        late, paid = await an_order(shop, server)
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
        assert server.taken(waiting["id"]) == 0
        books = await shop.admin.get(f"{ACCOUNTS}/{server.name}/reconciliation")
        assert books["differences"] == []
        assert books["captured"] == books["captured_there"] == payment["amount"]["amount"] * 2
    finally:
        await shop.close()
