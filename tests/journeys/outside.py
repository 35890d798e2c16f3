"""What lies outside of a platform, on loopback: providers of payments, of SMS and of push messages, and a name server; and how
buyers pay there."""

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tests.journeys.shop import Json, Person, eventually, ordered_when_offered
from tests.providers import ProviderServer
from tests.providers.loopback import running
from tests.providers.midtrans import MidtransServer
from tests.providers.pagarme import PagarmeServer
from tests.providers.paypal import PayPalServer
from tests.providers.stripe import StripeServer
from tests.providers.xendit import XenditServer
from tests.services.notifications.carriers import PushService, SmsProvider, listening
from tests.services.stores.names import Names
from tradehall.contracts.orders import PaymentChoice
from tradehall.kernel.settings import Settings
from tradehall.launch import free_ports

PROVIDERS: list[type[Any]] = [StripeServer, PayPalServer, XenditServer, MidtransServer, PagarmeServer]


@dataclass
class Outside:
    """`environ` leads a platform to all of it; `payments` are by the provider's name."""

    payments: dict[str, ProviderServer]
    sms: SmsProvider
    push: PushService
    names: Names
    environ: dict[str, str]


@asynccontextmanager
async def outside() -> AsyncIterator[Outside]:
    sms, push = SmsProvider(), PushService()
    (port,) = free_ports(1)
    with ExitStack() as stack:
        payments: dict[str, ProviderServer] = {kind.name: stack.enter_context(running(kind)) for kind in PROVIDERS}
        names = Names(port)
        names.start()
        stack.callback(names.stop)
        async with listening(sms.answer) as sms.port, listening(push.answer) as push.port:
            environ = {f"TRADEHALL_{name.upper()}_URL": server.url for name, server in payments.items()}
            for server in payments.values():
                environ |= server.environ
            environ |= {
                "TRADEHALL_SMS_URL": f"http://127.0.0.1:{sms.port}",
                "TRADEHALL_PUSH_SERVICES": f"{Settings().push_services} http://127.0.0.1:{push.port}",
                "TRADEHALL_DNS_RESOLVER": f"127.0.0.1:{port}",
            }
            yield Outside(payments, sms, push, names, environ)


async def ordered(
    buyer: Person, lines: list[tuple[Json, int]], choice: PaymentChoice, phone: str = "+55 (11) 98765-4321"
) -> Json:
    """With what a provider asks of a buyer."""
    draft = await buyer.draft(lines, choice.method)
    given = {"token": choice.token, "tax_id": choice.tax_id}
    draft["payment"] |= {name: value for name, value in given.items() if value}
    draft["address"] = draft["address"] | {"phone": phone}
    order: Json = (await ordered_when_offered(buyer, draft)).json()
    return order


async def paid_at(server: ProviderServer, buyer: Person, order: Json) -> None:
    """The buyer pays at the provider, which tells the store twice; it is taken once."""

    async def waiting() -> Json | None:
        answer = await buyer.http.get(f"/api/v1/payments/{order['id']}", params={"token": order["link"]})
        payment: Json | None = answer.json() if answer.is_success else None
        return payment if payment and payment["status"] == "action" else None

    id = UUID((await eventually(waiting))["id"])
    assert server.pay(id)
    body = server.told(id, "paid")
    for _ in range(2):
        told = await buyer.http.post(
            f"/api/v1/payments/webhooks/{server.name}", content=body, headers=server.signed(body)
        )
        assert told.status_code == 204, told.text
    await buyer.until(order, "CONFIRMED")
    assert server.taken(id) == order["total"]["amount"]
