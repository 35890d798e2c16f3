"""Midtrans, by its HTTP API: Snap, a page of theirs to pay on, and the Core API for all that comes after it.

After Midtrans' documentation (docs.midtrans.com): "Snap Integration Guide", "Expire a Snap Session", "Cancel a Snap Session",
"Get Transaction Status", "Transaction Status Cycle", "Cancel Transaction", "Capture Transaction", "Refund Transaction",
"HTTP(S) Notification / Webhooks". Their SDK is not async.
"""

import hashlib
import math
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import msgspec

from tradehall.kernel.auth import same_secret
from tradehall.kernel.ids import uuid7
from tradehall.services.payments.model import Action, Refund, Standing
from tradehall.services.payments.providers import (
    Charge,
    Heard,
    ProviderRefused,
    ProviderTimeout,
    Returned,
    WrongSignature,
)
from tradehall.services.payments.providers.asking import Refused, as_json, ask, by_key, read, to_minor, whole_units
from tradehall.services.payments.providers.keys import MidtransKeys

CURRENCY = "IDR"
LEAST, MOST = 5, 7 * 24 * 60  # minutes that a page may be open
MARGIN = timedelta(minutes=1)  # between their clock and ours
BANKS = ("bca", "bni", "bri", "cimb", "mandiri", "maybank", "mega", "offline")  # that split a payment by card


class _Back(msgspec.Struct, frozen=True):
    refund_key: str = ""
    refund_amount: Decimal = Decimal(0)


class _Status(msgspec.Struct, frozen=True, kw_only=True):
    """Of a transaction, which there is none of before the buyer has chosen how to pay."""

    status_code: str = ""
    status_message: str = ""
    transaction_id: str = ""
    transaction_status: str = ""
    fraud_status: str = ""
    gross_amount: Decimal = Decimal(0)
    currency: str = CURRENCY
    refund_amount: Decimal = Decimal(0)
    refunds: list[_Back] = []

    @property
    def amount(self) -> int:
        return to_minor(self.gross_amount, self.currency)

    @property
    def is_there(self) -> bool:
        return bool(self.transaction_status)

    @property
    def given_back(self) -> int:
        if self.transaction_status in ("refund", "chargeback"):
            return self.amount
        listed = sum((one.refund_amount for one in self.refunds), Decimal(0))
        return to_minor(listed or self.refund_amount, self.currency)


class _Told(_Status, frozen=True, kw_only=True):
    """`signed` is how the amount was written, which is what is signed."""

    order_id: str = ""
    signature_key: str = ""
    signed: str = msgspec.field(name="gross_amount", default="")
    gross_amount: Decimal = msgspec.field(name="gross", default=Decimal(0))


class _Page(msgspec.Struct, frozen=True):
    token: str
    redirect_url: str


class _Errors(msgspec.Struct, frozen=True):
    error_messages: list[str] = []


class Midtrans:
    """The reference of a payment is its page's address, token and end, since Midtrans tells none of them again."""

    name = "midtrans"
    prepares = True
    lists = False
    behind = timedelta(0)

    def __init__(self, keys: MidtransKeys, http: httpx.AsyncClient, url: str = "") -> None:
        """`url` where it is not one of Midtrans' own."""
        self._keys = keys
        self._http = http
        place = "sandbox." if keys.environment == "sandbox" else ""
        self._api = url or f"https://api.{place}midtrans.com"
        self._app = url or f"https://app.{place}midtrans.com"

    async def prepare(self, charge: Charge) -> str:
        """A page that was made before, and not recorded, is one that nobody has seen."""
        assert charge.until is not None
        if charge.currency != CURRENCY:
            raise ProviderRefused(f"Midtrans takes {CURRENCY} only.")
        now = datetime.now(UTC).replace(microsecond=0)
        minutes = min(max(math.ceil((charge.until - now).total_seconds() / 60), LEAST), MOST)
        card: dict[str, Any] = {"secure": True} | ({} if charge.capture else {"type": "authorize"})
        if charge.instalments > 1:
            card["installment"] = {"required": True, "terms": {bank: [charge.instalments] for bank in BANKS}}
        body: dict[str, Any] = {
            "transaction_details": {
                "order_id": str(charge.key),
                "gross_amount": whole_units(charge.amount, charge.currency),
            },
            "credit_card": card,
            **({"enabled_payments": ["credit_card"]} if charge.instalments > 1 else {}),
            "callbacks": {"finish": charge.return_url},
            "page_expiry": {"duration": minutes, "unit": "minutes"},
            "expiry": {"start_time": f"{now:%Y-%m-%d %H:%M:%S} +0000", "unit": "minutes", "duration": minutes},
        }
        try:
            answer = await self._send("POST", f"{self._app}/snap/v1/transactions", body)
        except Refused as error:
            raise ProviderRefused(_said(error) or str(error)) from None
        page = read(answer, _Page)
        end = int((now + timedelta(minutes=minutes)).timestamp())
        return f"{page.redirect_url}#{page.token}:{end}"

    async def charge(self, charge: Charge, reference: str) -> Standing:
        return await self.find(charge.key, reference)

    async def find(self, key: UUID, reference: str) -> Standing:
        if not reference:
            return Standing(key=key, state="absent")  # not recorded, so never shown to anybody
        return _standing(key, await self._status(key), reference)

    async def complete(self, key: UUID, reference: str) -> Standing:
        return await self.find(key, reference)  # Midtrans takes it by itself

    async def capture(self, key: UUID, reference: str, amount: int) -> Standing:
        status = await self._status(key)
        taken = whole_units(amount, status.currency)
        await self._core("POST", "/v2/capture", {"transaction_id": status.transaction_id, "gross_amount": taken})
        standing = await self.find(key, reference)
        if standing.state == "authorised":
            raise ProviderRefused("It could not be captured.")
        return standing

    async def void(self, key: UUID, reference: str) -> Standing:
        """The page first, so that nothing new begins on it; then what was begun."""
        if not reference:
            return Standing(key=key, state="absent")
        closed = await self._close(reference)
        status = await self._status(key)
        if status.transaction_status in ("pending", "authorize"):
            await self._core("POST", f"/v2/{key}/cancel")
            status = await self._status(key)
        elif status.transaction_status == "capture" and status.fraud_status == "challenge":
            await self._core("POST", f"/v2/{key}/deny")
            status = await self._status(key)
        standing = _standing(key, status, reference, closed=closed)
        return msgspec.structs.replace(standing, state="voided") if standing.state == "declined" else standing

    async def refund(self, key: UUID, reference: str, refund: Refund) -> Returned:
        """Looked for before it is made, and never made twice by its key. What was captured and is not settled yet can only
        be cancelled as a whole; a part of it waits until it is, which takes a day."""
        status = await self._status(key)
        if any(one.refund_key == str(refund.id) for one in status.refunds):
            return Returned(state="done", reference=str(refund.id))
        whole = refund.amount == status.amount
        if status.transaction_status == "capture":
            if not whole:
                return Returned(state="pending")
            await self._core("POST", f"/v2/{key}/cancel")
            status = await self._status(key)
        if status.transaction_status == "cancel":
            return Returned(
                state="done" if whole else "failed",
                reference=status.transaction_id,
                note="" if whole else "It was cancelled.",
            )
        made = await self._core(
            "POST",
            f"/v2/{key}/refund",
            {
                "refund_key": str(refund.id),
                "amount": whole_units(refund.amount, status.currency),
                "reason": refund.reason[:255],
            },
        )
        if made.status_code == "200":
            return Returned(state="done", reference=str(refund.id))
        return Returned(state="failed", note=made.status_message or made.status_code)

    async def hear(self, headers: Mapping[str, str], body: bytes) -> Heard:
        """Order, status code and amount are signed, no time is: one that is sent again is known by what it says, and
        changes nothing."""
        try:
            told = msgspec.json.decode(body, type=_Told, strict=False)
        except msgspec.MsgspecError as error:
            raise WrongSignature(str(error)) from None
        signed = f"{told.order_id}{told.status_code}{told.signed}{self._keys.server_key}"
        if not same_secret(told.signature_key, hashlib.sha512(signed.encode()).hexdigest()):
            raise WrongSignature("another signature")
        said = (told.transaction_id, told.transaction_status, told.fraud_status, str(told.refund_amount))
        return Heard(
            event_id=":".join(part[:60] for part in said),
            kind=told.transaction_status,
            key=_uuid(told.order_id),
            reference="",
        )

    async def listed(self, since: datetime, until: datetime) -> AsyncIterator[Standing]:
        """There is no list: nothing, if it knows the key."""
        await self._status(uuid7())
        nothing: list[Standing] = []
        for one in nothing:
            yield one

    async def _close(self, reference: str) -> bool:
        """Of a page: whether nobody can pay on it any more."""
        _, token, end = _parts(reference)
        if datetime.now(UTC) > end + MARGIN:
            return True
        try:
            await self._send("POST", f"{self._app}/snap/v1/transactions/{token}/cancel")
        except Refused as error:
            said = _said(error).lower()
            return "already canceled" in said or "not found" in said
        return True

    async def _status(self, key: UUID) -> _Status:
        return await self._core("GET", f"/v2/{key}/status")

    async def _core(self, method: str, path: str, body: Any = None) -> _Status:
        """What the Core API says; its own status code is in the body, whatever that of the answer is."""
        try:
            answer = await self._send(method, self._api + path, body)
        except Refused as error:
            if error.status == 401:
                raise ProviderRefused("Midtrans does not know the server key.") from None
            answer = error.body
        status = read(answer, _Status)
        if status.status_code.startswith("5"):
            raise ProviderTimeout(f"answered {status.status_code}")
        return status

    async def _send(self, method: str, url: str, body: Any = None) -> bytes:
        content = None if body is None else as_json(body)
        return await ask(self._http, method, url, headers=by_key(self._keys.server_key), content=content)


def _said(error: Refused) -> str:
    return " ".join(read(error.body, _Errors).error_messages)


def _standing(key: UUID, status: _Status, reference: str, *, closed: bool = False) -> Standing:
    """`closed`: nobody can pay on its page any more. As long as one can, a denied or expired try is not the end."""
    url, _, end = _parts(reference)
    over = closed or datetime.now(UTC) > end + MARGIN
    bare = Standing(key=key, state="voided", reference=reference)
    money = msgspec.structs.replace(bare, amount=status.amount, currency=status.currency)
    waiting = msgspec.structs.replace(bare, state="action", action=Action(url=url, until=end))
    match status.transaction_status:
        case "settlement" | "refund" | "partial_refund" | "chargeback" | "partial_chargeback":
            return msgspec.structs.replace(money, state="captured", refunded=status.given_back)
        case "capture" | "authorize" if status.fraud_status == "challenge":
            return msgspec.structs.replace(bare, state="pending")  # somebody there looks at it, for a day at most
        case "capture":
            return msgspec.structs.replace(money, state="captured", refunded=status.given_back)
        case "authorize":
            return msgspec.structs.replace(money, state="authorised")
        case "pending":
            return waiting
        case "deny" | "failure" if over:
            return msgspec.structs.replace(bare, state="declined", note="The payment was declined.")
        case "cancel":
            return bare
    return bare if over else waiting


def _parts(reference: str) -> tuple[str, str, datetime]:
    """Address, token and end of a page."""
    url, _, rest = reference.rpartition("#")
    token, _, end = rest.rpartition(":")
    return url, token, datetime.fromtimestamp(int(end), UTC)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
