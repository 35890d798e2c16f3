"""Stripe, by its own SDK. With a token (`pm_…`) a PaymentIntent is made, recorded, then confirmed; without one the buyer pays
on Stripe's page (a Checkout Session), so that none of our pages needs a script of theirs.

https://docs.stripe.com/api
"""

import logging
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import msgspec
import stripe

from tradehall.services.payments.model import Action, Refund, Standing
from tradehall.services.payments.providers import (
    Charge,
    Heard,
    ProviderRefused,
    ProviderTimeout,
    Returned,
    WrongSignature,
)
from tradehall.services.payments.providers.keys import StripeKeys

TIMEOUT = 25.0  # seconds; a bank may be asked meanwhile
REPLAY_WINDOW = 300  # seconds
# These have no minor unit, but Stripe counts in hundredths of them.
_HUNDREDTHS = frozenset({"ISK", "UGX"})
logging.getLogger("stripe").setLevel(logging.WARNING)  # below that it tells bodies


class _Http(stripe.HTTPClient):
    """The SDK's requests by a client that is ours: whoever runs here closes it."""

    name = "httpx"

    def __init__(self, client: httpx.AsyncClient) -> None:
        super().__init__()
        self._client = client

    async def request_async(self, method: str, url: str, headers: Any, post_data: Any = None) -> Any:
        try:
            answer = await self._client.request(method, url, headers=headers, content=post_data, timeout=TIMEOUT)
        except httpx.TransportError as error:
            raise stripe.APIConnectionError(type(error).__name__) from error  # type: ignore[no-untyped-call]
        return answer.content, answer.status_code, answer.headers


class _About(msgspec.Struct, frozen=True):
    id: str = ""
    metadata: dict[str, str] | None = None
    payment_intent: str | None = None


class _Data(msgspec.Struct, frozen=True):
    object: _About


class _Event(msgspec.Struct, frozen=True):
    id: str
    type: str
    data: _Data


class Stripe:
    name = "stripe"
    prepares = True
    lists = True
    behind = timedelta(0)

    def __init__(self, keys: StripeKeys, http: httpx.AsyncClient, url: str = "") -> None:
        """`url` where it is not Stripe's own."""
        self._keys = keys
        addresses: Any = {"base_addresses": {"api": url}} if url else {}
        client = stripe.StripeClient(keys.secret_key, http_client=_Http(http), max_network_retries=0, **addresses)
        self._api = client.v1

    async def prepare(self, charge: Charge) -> str:
        about = {"payment": str(charge.key)}
        how = "automatic" if charge.capture else "manual"
        if charge.token:
            customer, method = _kept(charge.token)
            wanted: Any = {
                "amount": _outward(charge.amount, charge.currency),
                "currency": charge.currency.lower(),
                "payment_method": method,
                # Whoever is not there cannot be led anywhere.
                "automatic_payment_methods": {"enabled": True, "allow_redirects": "never" if customer else "always"},
                "capture_method": how,
                "metadata": about,
                **({"customer": customer} if customer else {}),
                **_in_instalments(charge),
            }
            intent = await _asked(
                self._api.payment_intents.create_async(wanted, {"idempotency_key": f"{charge.key}:intent"})
            )
            return str(intent.id)
        assert charge.until is not None
        session = await _asked(
            self._api.checkout.sessions.create_async(
                {
                    "mode": "payment",
                    "line_items": [
                        {
                            "quantity": 1,
                            "price_data": {
                                "currency": charge.currency.lower(),
                                "unit_amount": _outward(charge.amount, charge.currency),
                                "product_data": {"name": charge.label},
                            },
                        }
                    ],
                    "success_url": charge.return_url,
                    "cancel_url": charge.return_url,
                    "client_reference_id": str(charge.key),
                    "metadata": about,
                    "payment_intent_data": {
                        "metadata": about,
                        "capture_method": how,
                        **({"setup_future_usage": "off_session"} if charge.keep else {}),
                    },
                    **({"customer_creation": "always"} if charge.keep else {}),
                    # The buyer chooses the plan there.
                    **(
                        {"payment_method_options": {"card": {"installments": {"enabled": True}}}}
                        if charge.instalments > 1
                        else {}
                    ),
                    "expires_at": int(charge.until.timestamp()),
                },
                {"idempotency_key": f"{charge.key}:session"},
            )
        )
        return str(session.id)

    async def charge(self, charge: Charge, reference: str) -> Standing:
        if not charge.token:
            return await self.find(charge.key, reference)
        customer, _ = _kept(charge.token)
        asked: Any = {"off_session": True} if customer else {"return_url": charge.return_url}
        try:
            intent = await _asked(
                self._api.payment_intents.confirm_async(
                    reference,
                    asked | {"expand": ["latest_charge"]},
                    {"idempotency_key": f"{charge.key}:confirm"},
                )
            )
        except ProviderRefused:
            # Declined, or confirmed before: how it stands says which.
            standing = await self.find(charge.key, reference)
            if standing.state == "absent":
                raise
            return standing
        return _of_intent(charge.key, intent, reference)

    async def find(self, key: UUID, reference: str) -> Standing:
        if not reference:
            return Standing(key=key, state="absent")  # not recorded, so never confirmed
        if not reference.startswith("cs_"):
            asked = self._api.payment_intents.retrieve_async(reference, {"expand": ["latest_charge"]})
            return _of_intent(key, await _asked(asked), reference)
        session = await self._session(reference)
        intent = _maybe(session, "payment_intent")
        if intent is not None and session.status == "complete":
            return _of_intent(key, intent, reference)
        if session.status == "expired":
            return Standing(key=key, state="voided", reference=reference)
        if session.status == "complete":
            return Standing(key=key, state="pending", reference=reference)
        until = datetime.fromtimestamp(session.expires_at, UTC)
        action = Action(url=str(session.url), until=until)
        return Standing(key=key, state="action", reference=reference, action=action)

    async def complete(self, key: UUID, reference: str) -> Standing:
        return await self.find(key, reference)  # Stripe takes it by itself

    async def capture(self, key: UUID, reference: str, amount: int) -> Standing:
        held = await self.find(key, reference)
        intent = await self._intent_id(reference)
        try:
            options: Any = {"idempotency_key": f"{key}:capture:{amount}"}
            asked: Any = {"amount_to_capture": _outward(amount, held.currency)} if amount < held.amount else {}
            await _asked(self._api.payment_intents.capture_async(intent, asked, options))
        except ProviderRefused:
            standing = await self.find(key, reference)
            if standing.state == "authorised":
                raise
            return standing
        return await self.find(key, reference)

    async def void(self, key: UUID, reference: str) -> Standing:
        standing = await self.find(key, reference)
        if standing.state in ("captured", "voided", "declined"):
            return standing
        try:
            if standing.state == "action" and reference.startswith("cs_"):
                await _asked(self._api.checkout.sessions.expire_async(reference))
            elif intent := await self._intent_id(reference):
                await _asked(self._api.payment_intents.cancel_async(intent))
        except ProviderRefused:
            pass  # it has moved since: what it says now counts
        return await self.find(key, reference)

    async def refund(self, key: UUID, reference: str, refund: Refund) -> Returned:
        """Looked for before it is made: Stripe forgets idempotency keys after a day."""
        intent = await self._intent_id(reference)
        made = await _asked(self._api.refunds.list_async({"payment_intent": intent, "limit": 100}))
        found = next((one for one in made.data if _named(one, "refund") == str(refund.id)), None)
        if found is None:
            whole = await self.find(key, reference)
            try:
                found = await _asked(
                    self._api.refunds.create_async(
                        {
                            "payment_intent": intent,
                            "amount": _outward(refund.amount, whole.currency),
                            "metadata": {"refund": str(refund.id), "payment": str(key)},
                        },
                        {"idempotency_key": f"{refund.id}"},
                    )
                )
            except ProviderRefused as error:
                return Returned(state="failed", note=str(error))
        if found.status == "succeeded":
            return Returned(state="done", reference=found.id)
        if found.status in ("failed", "canceled"):
            return Returned(
                state="failed", reference=found.id, note=str(_maybe(found, "failure_reason") or found.status)
            )
        return Returned(state="pending", reference=found.id)

    async def hear(self, headers: Mapping[str, str], body: bytes) -> Heard:
        try:
            stripe.WebhookSignature.verify_header(
                body, headers.get("stripe-signature", ""), self._keys.webhook_secret, tolerance=REPLAY_WINDOW
            )
            event = msgspec.json.decode(body, type=_Event)
        except (stripe.SignatureVerificationError, ValueError) as error:
            raise WrongSignature(str(error)) from None
        about = event.data.object
        named = (about.metadata or {}).get("payment", "")
        return Heard(event_id=event.id, kind=event.type, key=_uuid(named), reference=about.payment_intent or about.id)

    async def listed(self, since: datetime, until: datetime) -> AsyncIterator[Standing]:
        """What was made there in that time on our behalf."""
        created: Any = {"gte": int(since.timestamp()), "lt": int(until.timestamp())}
        page = await _asked(
            self._api.payment_intents.list_async({"created": created, "limit": 100, "expand": ["data.latest_charge"]})
        )
        async for intent in page.auto_paging_iter():
            key = _uuid(_named(intent, "payment"))
            if key is not None:
                yield _of_intent(key, intent, intent.id)

    async def _session(self, reference: str) -> Any:
        expanded: Any = {"expand": ["payment_intent.latest_charge"]}
        return await _asked(self._api.checkout.sessions.retrieve_async(reference, expanded))

    async def _intent_id(self, reference: str) -> str:
        if not reference.startswith("cs_"):
            return reference
        intent = _maybe(await self._session(reference), "payment_intent")
        return str(intent.id) if intent is not None else ""


async def _asked(call: Any) -> Any:
    """Raises ProviderTimeout where it may have been done, ProviderRefused where it was not."""
    try:
        return await call
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        raise ProviderTimeout(type(error).__name__) from None
    except stripe.StripeError as error:
        if error.http_status is None or error.http_status >= 500 or error.http_status == 409:
            raise ProviderTimeout(type(error).__name__) from None
        raise ProviderRefused(error.user_message or type(error).__name__) from None


def _in_instalments(charge: Charge) -> dict[str, Any]:
    """Stripe's only kind of plan: so many equal months. The card's bank has to offer it."""
    if charge.instalments == 1:
        return {}
    plan = {"type": "fixed_count", "count": charge.instalments, "interval": "month"}
    return {"payment_method_options": {"card": {"installments": {"enabled": True, "plan": plan}}}}


def _of_intent(key: UUID, intent: Any, reference: str) -> Standing:
    currency = str(intent.currency).upper()

    def standing(state: Any, amount: int = 0, **more: Any) -> Standing:
        inward = _inward(amount, currency)
        return Standing(key=key, state=state, amount=inward, currency=currency, reference=reference, **more)

    status = intent.status
    if status == "succeeded":
        charge = _maybe(intent, "latest_charge")
        back = charge.amount_refunded if charge is not None and not isinstance(charge, str) else 0
        return standing("captured", intent.amount_received, refunded=_inward(back, currency), saved=_saved(intent))
    if status == "requires_capture":
        return standing("authorised", intent.amount_capturable)
    if status == "requires_action":
        step = _maybe(intent, "next_action")
        if step is not None and step.type == "redirect_to_url":
            return standing("action", action=Action(url=step.redirect_to_url.url))
        return standing("pending")
    failure = _maybe(intent, "last_payment_error")
    if status == "requires_payment_method" and failure is not None:
        return standing("declined", note=str(_maybe(failure, "message") or ""))
    if status == "canceled":
        return standing("voided")
    return standing("pending" if status == "processing" else "absent")


def _saved(intent: Any) -> str:
    """What was agreed to be kept for later: a customer there, and how they paid."""
    customer, method = _maybe(intent, "customer"), _maybe(intent, "payment_method")
    agreed = _maybe(intent, "setup_future_usage") == "off_session"
    return f"{customer}/{method}" if agreed and customer and method else ""


def _kept(token: str) -> tuple[str, str]:
    """Customer and payment method; no customer where the token is of somebody who is there."""
    customer, _, method = token.rpartition("/")
    return customer, method


def _outward(amount: int, currency: str) -> int:
    return amount * 100 if currency in _HUNDREDTHS else amount


def _inward(amount: int, currency: str) -> int:
    return amount // 100 if currency in _HUNDREDTHS else amount


def _named(thing: Any, name: str) -> str:
    """What we wrote into its metadata."""
    metadata = _maybe(thing, "metadata")
    return str(_maybe(metadata, name) or "") if metadata is not None else ""


def _maybe(thing: Any, name: str) -> Any:
    """Stripe leaves out some of what is not there."""
    return thing[name] if name in thing else None  # noqa: SIM401


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
