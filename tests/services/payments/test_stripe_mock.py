"""That Stripe would understand us: its own mock checks each request against the published description of its API."""

import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.harness import eventually
from tests.providers.stripe import KEY, WEBHOOK_SECRET
from tradehall.kernel.ids import uuid7
from tradehall.launch import free_ports
from tradehall.services.payments.model import Refund
from tradehall.services.payments.providers import Charge
from tradehall.services.payments.providers import stripe as adapter
from tradehall.services.payments.providers.keys import StripeKeys
from tradehall.services.payments.providers.stripe import Stripe

MOCK = os.environ.get("TRADEHALL_STRIPE_MOCK") or shutil.which("stripe-mock")
pytestmark = pytest.mark.skipif(not MOCK, reason="no stripe-mock: deploy/stripe-mock.sh builds it from its Go module")


@pytest.fixture
async def asked(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """What the mock found wrong, also where the adapter would go on."""
    wrong: list[BaseException] = []
    plain = adapter._asked

    async def noted(call: Any) -> Any:
        try:
            return await plain(call)
        except Exception as error:
            wrong.append(error)
            raise

    monkeypatch.setattr(adapter, "_asked", noted)
    return wrong


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    (http,) = free_ports(1)
    assert MOCK is not None
    server = subprocess.Popen(
        [MOCK, "-http-addr", f"127.0.0.1:{http}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    yield f"http://127.0.0.1:{http}"
    server.terminate()
    server.wait(10)


@pytest.fixture
async def stripe(url: str) -> AsyncIterator[Stripe]:
    async with httpx.AsyncClient() as client:

        async def up() -> bool:
            try:
                return (await client.get(url)).status_code > 0
            except httpx.TransportError:
                return False

        await eventually(up, 30)
        yield Stripe(StripeKeys(secret_key=KEY, webhook_secret=WEBHOOK_SECRET), client, url)


@pytest.mark.parametrize("capture", [True, False])
@pytest.mark.parametrize("token", ["pm_card_visa", "", "cus_1/pm_card_visa"])
@pytest.mark.parametrize("instalments", [1, 3])
async def test_each_request_is_one_that_stripe_describes(
    stripe: Stripe, asked: list[BaseException], token: str, capture: bool, instalments: int
) -> None:
    key, now = uuid7(), datetime.now(UTC)
    charge = Charge(
        key=key,
        amount=1999,
        currency="USD",
        token=token,
        instalments=instalments,
        capture=capture,
        return_url="https://shop.example/orders/1",
        until=now + timedelta(hours=1),
        label="Shop",
        keep=capture,
    )
    reference = await stripe.prepare(charge)
    assert reference.startswith("pi_" if token else "cs_")
    await stripe.charge(charge, reference)
    assert (await stripe.find(key, reference)).reference == reference
    await stripe.capture(key, reference, 1999)
    await stripe.void(key, reference)
    refund = Refund(id=uuid7(), payment_id=key, amount=500, status="due", reason="Broken")
    assert (await stripe.refund(key, reference, refund)).reference.startswith("re_")
    assert [one async for one in stripe.listed(now - timedelta(days=1), now)] == [], "its payments are not ours"
    assert asked == []
