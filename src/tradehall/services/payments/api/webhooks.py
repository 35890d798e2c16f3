"""What providers tell by themselves: signed, late, twice, in any order."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, post
from litestar.di import NamedDependency

from tradehall.contracts.payments import PaymentCheckDue
from tradehall.contracts.stores import Store
from tradehall.kernel.access import ANYONE
from tradehall.kernel.auth import same_secret
from tradehall.kernel.db import Database
from tradehall.kernel.errors import Invalid, NotFound, Unauthorized
from tradehall.kernel.ids import NO_STORE
from tradehall.kernel.runtime import Running
from tradehall.services.payments import queries
from tradehall.services.payments.accounts import KNOWN, account_of, at_provider
from tradehall.services.payments.api.accounts import ProviderAway, ProviderName
from tradehall.services.payments.model import Standing, provider_for
from tradehall.services.payments.providers import Heard, ProviderRefused, ProviderTimeout, WrongSignature
from tradehall.services.payments.providers.simulated import NAME, PLATFORM_WEBHOOK, SIGNATURE, WEBHOOK, sign
from tradehall.services.payments.settling import settle


@post("/api/v1/payments/webhooks/{provider:str}", access=ANYONE, status_code=204)
async def webhook(
    request: Request[Any, Any, Any],
    provider: ProviderName,
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> None:
    """Signed as the provider signs, and fresh. The provider is then asked how the payment stands, so the order in which it
    tells does not matter."""
    await _told(request, provider, store.id, db, running)


@post("/api/v1/platform/payments/webhooks/{provider:str}", access=ANYONE, status_code=204)
async def platforms_webhook(
    request: Request[Any, Any, Any],
    provider: ProviderName,
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> None:
    """The same, about what the platform itself is paid."""
    await _told(request, provider, NO_STORE, db, running)


async def _told(request: Request[Any, Any, Any], provider: str, store_id: UUID, db: Database, running: Running) -> None:
    if provider not in KNOWN:
        raise NotFound("There is no such provider.")
    try:
        account = await account_of(db, store_id, provider)
    except ProviderRefused as error:
        raise NotFound(str(error)) from None
    try:
        heard = await at_provider(running, store_id, account).hear(request.headers, await request.body())
    except WrongSignature:
        raise Unauthorized("The signature does not fit, or is too old.") from None
    except (ProviderTimeout, ProviderRefused):
        raise ProviderAway("The signature could not be checked. Tell again later.") from None
    await _note(db, store_id, provider, heard)


async def _note(db: Database, store_id: UUID, provider: str, heard: Heard) -> None:
    """Of a payment that is not ours nothing is kept."""
    async with db.transaction(store_id) as tx:
        payment_id = heard.key or await queries.by_reference(tx, heard.reference)
        found = await queries.find(tx, [payment_id]) if payment_id else []
        if not found or provider_for(found[0].method) != provider:
            return
        if await queries.first_told(tx, provider, [(store_id, heard.event_id, found[0].id, heard.kind)]):
            tx.emit(PaymentCheckDue(payment_id=found[0].id, again=False), key=found[0].about)


@post(WEBHOOK, access=ANYONE, status_code=204)
async def simulated_webhook(
    request: Request[Any, Any, Any],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> None:
    """From the simulated provider."""
    await _hear(request, store.id, db, running)


@post(PLATFORM_WEBHOOK, access=ANYONE, status_code=204)
async def platform_webhook(
    request: Request[Any, Any, Any], db: NamedDependency[Database], running: NamedDependency[Running]
) -> None:
    """From the simulated provider, about what the platform itself is paid."""
    await _hear(request, NO_STORE, db, running)


async def _hear(request: Request[Any, Any, Any], store_id: UUID, db: Database, running: Running) -> None:
    body = await request.body()
    signature = request.headers.get(SIGNATURE, "")
    if not same_secret(signature, sign(running.settings.secret, body)):
        raise Unauthorized("The signature does not fit.")
    try:
        standing = msgspec.json.decode(body, type=Standing)
    except msgspec.MsgspecError as error:
        raise Invalid.field("body", str(error)) from None
    async with db.transaction(store_id) as tx:
        await settle(tx, NAME, [standing])


routes = [webhook, platforms_webhook, simulated_webhook, platform_webhook]
