"""What is pagar.me's alone."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.harness import Alone
from tests.makers import an_address, placed
from tests.providers.loopback import running
from tests.providers.pagarme import CPF, KEY, PASSWORD, USER, BoletoServer, PagarmeServer
from tests.services.payments.at_provider import PHONE, agree, hurry, it, paid, refund, waiting
from tests.services.payments.paying import cancel, outcomes, payment, reaches, start
from tradehall.contracts.orders import PaymentChoice
from tradehall.contracts.stores import WAITING
from tradehall.kernel.ids import uuid7
from tradehall.services.payments.model import Refund
from tradehall.services.payments.providers.keys import PagarmeKeys
from tradehall.services.payments.providers.pagarme import Pagarme, _phone

__all__ = ["hurry", "it", "server"]  # fixtures
KEYS = PagarmeKeys(secret_key=KEY, webhook_user=USER, webhook_password=PASSWORD)


@pytest.fixture(scope="module")
def server() -> Iterator[BoletoServer]:
    with running(BoletoServer) as made:
        yield made


@pytest.fixture
async def adapter(server: PagarmeServer) -> AsyncIterator[Pagarme]:
    async with httpx.AsyncClient() as http:
        yield Pagarme(KEYS, http, server.url)


async def test_a_boleto_is_due_before_the_order_ends_and_its_buyer_is_kept_no_longer(
    it: Alone, server: BoletoServer
) -> None:
    ends = datetime.now(UTC) + timedelta(days=8)
    _, found = await waiting(it, server, expires_at=ends)
    due = datetime.fromisoformat(found["action"]["until"])
    assert ends - due - timedelta(seconds=WAITING["pagarme-boleto"].clearing) < timedelta(seconds=1)
    assert found["action"]["kind"] == "boleto"
    assert found["action"]["url"].endswith(".pdf")
    assert found["buyer"] is None


async def test_a_boleto_that_was_paid_late_is_given_back_by_hand(it: Alone, server: BoletoServer) -> None:
    """Banks told after the order had ended: the money stays owed, in sight, until somebody has sent it back."""
    order, found = await waiting(it, server)
    server.pay(found["id"])
    await cancel(it, order)
    after = await reaches(it, order, "refunding")
    assert (after["captured"], after["refunding"]) == (order.total, order.total)
    admin = it.client("store_admin")
    open_ = (await admin.get("/api/v1/payments/refunds")).json()["items"]
    assert str(order.order_id) in {one["order_id"] for one in open_}
    shown = (await admin.get(f"/api/v1/payments/{order.order_id}")).json()
    assert shown["back_by_hand"] is True
    done = await admin.post(f"/api/v1/payments/{order.order_id}/refunded", json={"note": "By bank transfer"})
    assert done.status_code == 200
    server.give_back(found["id"], order.total)  # as the dashboard says of it then
    await reaches(it, order, "refunded")
    await it.idle()
    assert outcomes(it, order) == []
    await agree(it, server)


async def test_a_paid_boleto_is_given_back_in_part_by_hand(it: Alone, server: BoletoServer) -> None:
    order, found = await paid(it, server)
    assert (await refund(it, order, 700)).status_code == 201
    await it.idle()
    assert server.given_back(found["id"]) == 0
    server.give_back(found["id"], 700)
    admin = it.client("store_admin")
    await admin.post(f"/api/v1/payments/{order.order_id}/refunded", json={"note": "Done"})
    assert ((await payment(it, order))["refunded"], (await payment(it, order))["status"]) == (700, "paid")
    await agree(it, server)


async def test_a_buyer_without_a_name_or_another_currency_is_refused(it: Alone, server: BoletoServer) -> None:
    choice = PaymentChoice(method="pagarme-boleto", tax_id=CPF)
    order = await start(it, placed(payment=choice, currency="USD", address=an_address(phone=PHONE)))
    await reaches(it, order, "declined")
    await it.idle()
    assert outcomes(it, order) == ["FAILED"]


async def test_a_refund_whose_key_is_forgotten_is_not_made_again(adapter: Pagarme, server: PagarmeServer) -> None:
    key = uuid7()
    server.a_stranger(key)
    order = server.order_of(key)
    old = datetime.now(UTC) - timedelta(days=2)

    async def asked(amount: int, at: datetime | None = None) -> Any:
        one = Refund(id=uuid7(), payment_id=key, amount=amount, status="due", reason="r", created_at=at)
        return await adapter.refund(key, order["id"], one)

    assert (await asked(200, old)).state == "failed"
    assert server.given_back(key) == 0
    assert (await asked(200)).state == "done"
    assert (await asked(200, old)).state == "done", "it is the last thing that happened there"
    assert server.given_back(key) == 200


async def test_a_chargeback_is_money_that_went_back(adapter: Pagarme, server: PagarmeServer) -> None:
    key = uuid7()
    server.a_stranger(key)
    server.charge_of(key)["status"] = "chargedback"
    standing = await adapter.find(key, "")
    assert (standing.state, standing.amount, standing.refunded) == ("captured", 500, 500)


@pytest.mark.parametrize("text", ["+55 (11) 98765-4321", "11 98765 4321", "5511987654321"])
def test_telephone_numbers(text: str) -> None:
    assert _phone(text) == {"country_code": "55", "area_code": "11", "number": "987654321"}
