"""pagar.me, by HTTP: its SDK for Python cannot wait without a thread. There is one order there for each payment, whose code is
the payment's id: by it the order is found again before it is made a second time.

Webhooks are not signed. They come with the user name and password that the store gives them (HTTP basic), so nothing in them is
fresh or whole by itself; all they do is make us ask.

Documentação Pagar.me, API v5: Pedidos, Cobranças, Pix, Boleto, Checkout Pagar.me, Idempotência, Webhooks.
"""

import base64
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import httpx
import msgspec

from tradehall.kernel.auth import same_secret
from tradehall.services.payments.model import Action, Buyer, Refund, Standing, State
from tradehall.services.payments.providers import (
    Charge,
    Heard,
    ProviderRefused,
    ProviderTimeout,
    Returned,
    WrongSignature,
)
from tradehall.services.payments.providers.asking import Refused, ask
from tradehall.services.payments.providers.keys import PagarmeKeys

T = TypeVar("T")

URL = "https://api.pagar.me/core/v5"
REMEMBERED = timedelta(hours=23)  # an idempotency key lives for a day
_LISTED = 30  # rows of a page, at most
_REFUNDING = frozenset({"refunded", "partial_refunded", "pending_refund", "partial_void", "voided"})


class _Transaction(msgspec.Struct, frozen=True, kw_only=True):
    """The last one of a charge."""

    id: str = ""
    status: str = ""
    success: bool | None = None
    amount: int = 0
    acquirer_message: str | None = None
    qr_code: str | None = None
    expires_at: datetime | None = None
    line: str | None = None
    pdf: str | None = None
    due_at: datetime | None = None


class _Charge(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    status: str
    amount: int
    currency: str = "BRL"
    payment_method: str = ""
    paid_amount: int | None = None
    canceled_amount: int | None = None
    last_transaction: _Transaction | None = None


class _Checkout(msgspec.Struct, frozen=True, kw_only=True):
    status: str
    payment_url: str = ""
    expires_at: datetime | None = None


class _Order(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    code: str = ""
    status: str = ""
    charges: list[_Charge] = []
    checkouts: list[_Checkout] = []


class _Orders(msgspec.Struct, frozen=True):
    data: list[_Order]


class _Named(msgspec.Struct, frozen=True, kw_only=True):
    id: str = ""
    code: str = ""


class _Data(msgspec.Struct, frozen=True, kw_only=True):
    """An order, or a charge with its order."""

    id: str = ""
    code: str = ""
    order: _Named = _Named()


class _Hook(msgspec.Struct, frozen=True):
    id: str
    type: str
    data: _Data


class Pagarme:
    name = "pagarme"
    prepares = False  # what it makes of a card's token is charged at once
    lists = True
    behind = timedelta(0)

    def __init__(self, keys: PagarmeKeys, http: httpx.AsyncClient, url: str = "") -> None:
        """`url` where it is not pagar.me's own."""
        self._keys = keys
        self._http = http
        self._url = url or URL

    async def prepare(self, charge: Charge) -> str:
        return ""

    async def charge(self, charge: Charge, reference: str) -> Standing:
        if (before := await self._made(charge.key)) is not None:
            return _standing(charge.key, before)
        if charge.buyer is None or charge.currency != "BRL":
            raise ProviderRefused("pagar.me takes BRL, of buyers that are named")
        body = {
            "code": str(charge.key),
            "customer": _customer(charge.buyer),
            "items": [{"code": "order", "description": charge.label[:64], "quantity": 1, "amount": charge.amount}],
            "payments": [{"amount": charge.amount, **_payment(charge, charge.buyer)}],
        }
        made = await self._ask(_Order, "POST", "/orders", body, key=f"{charge.key}:order")
        return _standing(charge.key, made)

    async def find(self, key: UUID, reference: str) -> Standing:
        made = await (self._order(reference) if reference else self._made(key))
        return _standing(key, made) if made is not None else Standing(key=key, state="absent")

    async def complete(self, key: UUID, reference: str) -> Standing:
        return await self.find(key, reference)  # pagar.me takes it by itself

    async def capture(self, key: UUID, reference: str, amount: int) -> Standing:
        for held in (await self._order(reference)).charges:
            if _state(held) == "authorised":
                try:
                    await self._ask(None, "POST", f"/charges/{held.id}/capture", {"amount": amount}, key=f"{key}:take")
                except Refused:
                    standing = await self.find(key, reference)
                    if standing.state == "authorised":
                        raise
                    return standing
        return await self.find(key, reference)

    async def void(self, key: UUID, reference: str) -> Standing:
        """A Pix or boleto can be paid no more, a page is closed, what was held is let go."""
        order = await (self._order(reference) if reference else self._made(key))
        if order is None:
            return Standing(key=key, state="absent")
        if _standing(key, order).state in ("action", "authorised"):
            with suppress(Refused):  # where it has moved since, what it says then counts
                for charge in order.charges:
                    await self._ask(None, "DELETE", f"/charges/{charge.id}", key=f"{key}:void")
                if not order.charges:
                    await self._ask(None, "PATCH", f"/orders/{order.id}/closed", {"status": "canceled"})
        return await self.find(key, order.id)

    async def refund(self, key: UUID, reference: str, refund: Refund) -> Returned:
        """pagar.me knows a refund again by its key alone, for a day. After that a person has to look."""
        taken = next((one for one in (await self._order(reference)).charges if one.paid_amount), None)
        if taken is None:
            return Returned(state="failed", note="pagar.me has not taken this money.")
        if refund.created_at and datetime.now(UTC) - refund.created_at > REMEMBERED:
            done = taken.last_transaction
            if done is None or done.amount != refund.amount or done.status not in _REFUNDING:
                return Returned(state="failed", note="Whether it was made is not known any more: look at pagar.me.")
            return _returned(done)
        body = {"amount": refund.amount}
        try:
            answer = await self._ask(_Charge, "DELETE", f"/charges/{taken.id}", body, key=str(refund.id))
        except Refused as error:
            return Returned(state="failed", note=f"pagar.me {error}.")
        made = answer.last_transaction
        if made is None:
            raise ProviderTimeout("no transaction")
        if made.status != "pending_refund":
            return _returned(made)
        now = await self._ask(_Charge, "GET", f"/charges/{taken.id}")  # what was answered first is answered ever after
        return _returned(now.last_transaction if now.last_transaction and now.last_transaction.id == made.id else made)

    async def hear(self, headers: Mapping[str, str], body: bytes) -> Heard:
        user, password = self._keys.webhook_user, self._keys.webhook_password
        wanted = base64.b64encode(f"{user}:{password}".encode()).decode()
        if not same_secret(headers.get("authorization", ""), f"Basic {wanted}"):
            raise WrongSignature("not the webhook's user and password")
        try:
            hook = msgspec.json.decode(body, type=_Hook)
        except msgspec.MsgspecError as error:
            raise WrongSignature(str(error)) from None
        about = hook.data.order if hook.data.order.id else hook.data
        return Heard(event_id=hook.id, kind=hook.type, key=_uuid(about.code), reference=about.id)

    async def listed(self, since: datetime, until: datetime) -> AsyncIterator[Standing]:
        """What was made there in that time on our behalf."""
        page = 1
        while True:
            asked = {"created_since": _time(since), "created_until": _time(until), "page": page, "size": _LISTED}
            found = (await self._ask(_Orders, "GET", "/orders", params=asked)).data
            for order in found:
                key = _uuid(order.code)
                if key is not None:
                    yield _standing(key, order)
            if len(found) < _LISTED:
                return
            page += 1

    async def _order(self, reference: str) -> _Order:
        return await self._ask(_Order, "GET", f"/orders/{reference}")

    async def _made(self, key: UUID) -> _Order | None:
        found = (await self._ask(_Orders, "GET", "/orders", params={"code": str(key), "page": 1, "size": _LISTED})).data
        return next((order for order in found if order.code == str(key)), None)

    async def _ask(
        self,
        shape: type[T] | None,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str = "",
        params: Mapping[str, Any] | None = None,
    ) -> T:
        secret = base64.b64encode(f"{self._keys.secret_key}:".encode()).decode()
        headers = {"authorization": f"Basic {secret}", "content-type": "application/json"}
        if key:
            headers["idempotency-key"] = key
        content = msgspec.json.encode(body) if body is not None else None
        answer = await ask(self._http, method, self._url + path, headers=headers, content=content, params=params)
        if shape is None:
            return None  # type: ignore[return-value]
        try:
            return msgspec.json.decode(answer, type=shape)
        except msgspec.MsgspecError:
            raise ProviderTimeout("an answer that is none") from None


def _payment(charge: Charge, buyer: Buyer) -> dict[str, Any]:
    assert charge.until is not None
    if charge.method == "pagarme-pix":
        return {"payment_method": "pix", "pix": {"expires_at": _time(charge.until)}}
    if charge.method == "pagarme-boleto":
        slip = {"due_at": _time(charge.until), "document_number": str(charge.key.int % 10**10), "type": "DM"}
        return {"payment_method": "boleto", "boleto": slip}
    how = "auth_and_capture" if charge.capture else "auth_only"
    if charge.token:
        address = {"billing_address": _address(buyer)}
        card = {"operation_type": how, "installments": charge.instalments, "card_token": charge.token, "card": address}
        return {"payment_method": "credit_card", "credit_card": card}
    page = {
        "expires_in": max(int((charge.until - datetime.now(UTC)).total_seconds() // 60), 1),
        "accepted_payment_methods": ["credit_card"],
        "success_url": charge.return_url,
        "skip_checkout_success_page": True,
        "customer_editable": False,
        "billing_address_editable": True,
        "credit_card": {
            "capture": charge.capture,
            "installments": [{"number": charge.instalments, "total": charge.amount}],
        },
    }
    return {"payment_method": "checkout", "checkout": page}


def _customer(buyer: Buyer) -> dict[str, Any]:
    company = len(buyer.tax_id) == 14
    return {
        "name": buyer.name[:64],
        "email": buyer.email[:64],
        "type": "company" if company else "individual",
        "document": buyer.tax_id,
        "document_type": "CNPJ" if company else "CPF",
        "phones": {"mobile_phone": _phone(buyer.address.phone)},
        "address": _address(buyer),
    }


def _phone(text: str) -> dict[str, str]:
    digits = "".join(character for character in text if character.isdigit())
    if len(digits) > 11 and digits.startswith("55"):
        digits = digits[2:]
    return {"country_code": "55", "area_code": digits[:2], "number": digits[2:]}


def _address(buyer: Buyer) -> dict[str, str]:
    place = buyer.address
    return {
        "line_1": place.line1,
        "line_2": place.line2,
        "zip_code": "".join(character for character in place.zip if character.isalnum()),
        "city": place.city,
        "state": place.region,
        "country": place.country,
    }


def _standing(key: UUID, order: _Order) -> Standing:
    def standing(state: State, **more: Any) -> Standing:
        return Standing(key=key, state=state, reference=order.id, **more)

    if not order.charges:
        page = order.checkouts[0] if order.checkouts else None
        if page is not None and page.status == "open" and order.status != "canceled":
            return standing("action", action=Action(url=page.payment_url, until=page.expires_at))
        return standing("voided" if order.status in ("canceled", "failed") or page else "pending")
    charge = next((one for one in order.charges if one.paid_amount), order.charges[-1])  # a page lets one try again
    state, last = _state(charge), charge.last_transaction or _Transaction()
    if state == "captured":
        gone = charge.paid_amount if charge.status == "chargedback" else charge.canceled_amount
        return standing(state, amount=charge.paid_amount or 0, currency=charge.currency, refunded=gone or 0)
    if state == "authorised":
        return standing(state, amount=charge.amount, currency=charge.currency)
    if state == "declined":
        return standing(state, note=last.acquirer_message or "The payment was declined.")
    if state == "action" and charge.payment_method == "pix":
        return standing(state, action=Action(kind="pix", code=last.qr_code or "", until=last.expires_at))
    if state == "action":
        slip = Action(kind="boleto", code=last.line or "", url=last.pdf or "", until=last.due_at)
        return standing(state, action=slip)
    return standing(state)


def _state(charge: _Charge) -> State:
    last = charge.last_transaction or _Transaction()
    if charge.paid_amount:
        return "captured"
    if charge.status == "canceled":
        return "voided"
    if charge.status == "failed":
        return "declined"
    if last.status == "authorized_pending_capture":
        return "authorised"
    if charge.status == "pending" and (last.qr_code or last.line):
        return "action"
    return "pending"


def _returned(made: _Transaction) -> Returned:
    if made.status == "pending_refund":
        return Returned(state="pending", reference=made.id)
    if made.status in _REFUNDING and made.success is not False:
        return Returned(state="done", reference=made.id)
    return Returned(state="failed", reference=made.id, note=made.acquirer_message or f"pagar.me says {made.status}.")


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
