"""Xendit, by its HTTP API: an invoice, which is a page of theirs to pay on, or a virtual account of a bank, whose number is
shown to the buyer. Both take the money at once; there is nothing to authorise.

After Xendit's API reference (developers.xendit.co): "Create Invoice", "Expire Invoice", "Create Fixed Virtual Account",
"Create Refund", "List Transactions", and its documentation (docs.xendit.co): "Handling webhooks". Their SDK is not async.
"""

import hashlib
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

import httpx
import msgspec

from tradehall.contracts.values import to_decimal
from tradehall.kernel.auth import same_secret
from tradehall.services.payments.model import Action, Refund, Standing
from tradehall.services.payments.providers import Charge, Heard, ProviderRefused, Returned, WrongSignature
from tradehall.services.payments.providers.asking import Refused, as_json, ask, by_key, read, to_minor, whole_units
from tradehall.services.payments.providers.keys import XenditKeys

URL = "https://api.xendit.co"
VIRTUAL_ACCOUNT = "xendit-va"
MOST = 100  # of one page of a list
WHOLE = frozenset({"IDR", "VND"})  # cut off behind the point
_VA = "va:"  # before the id of a virtual account, in a reference

T = TypeVar("T")


class _Problem(msgspec.Struct, frozen=True):
    message: str = ""
    error_code: str = ""


class _Invoice(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    external_id: str
    status: str
    amount: Decimal
    currency: str = "IDR"
    invoice_url: str
    expiry_date: datetime
    paid_amount: Decimal | None = None


class _Account(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    status: str
    bank_code: str
    account_number: str
    expiration_date: datetime


class _Transaction(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    reference_id: str
    channel_category: str = ""
    amount: Decimal
    currency: str


class _Refund(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    status: str
    amount: Decimal
    currency: str
    reference_id: str | None = None
    invoice_id: str | None = None
    failure_code: str | None = None


class _Page(msgspec.Struct, frozen=True, kw_only=True):
    data: list[Any]
    has_more: bool = False


class _About(msgspec.Struct, frozen=True):
    """Of a webhook: of an invoice and of a virtual account it is the whole, of a refund it is in `data`."""

    external_id: str = ""
    invoice_id: str = ""


class _Told(_About, frozen=True):
    event: str = ""
    status: str = ""
    data: _About = _About()


class Xendit:
    name = "xendit"
    prepares = True
    lists = True
    behind = timedelta(0)

    def __init__(self, keys: XenditKeys, http: httpx.AsyncClient, url: str = "") -> None:
        """`url` where it is not Xendit's own."""
        self._keys = keys
        self._http = http
        self._url = url or URL

    async def prepare(self, charge: Charge) -> str:
        assert charge.until is not None
        amount = _units(charge.amount, charge.currency)
        if charge.method == VIRTUAL_ACCOUNT:
            # One whose making was not answered is made again: nobody has ever seen the number of the first.
            made = await self._ask(
                "POST",
                "/callback_virtual_accounts",
                _Account,
                {
                    "external_id": str(charge.key),
                    "bank_code": self._keys.bank,
                    "name": _name(charge.label),
                    "is_closed": True,
                    "is_single_use": True,
                    "expected_amount": amount,
                    "expiration_date": charge.until.isoformat(),
                },
            )
            return _VA + made.id
        # An external id is not unique there, so one that is there already is looked for.
        found = await self._ask("GET", "/v2/invoices", list[_Invoice], params={"external_id": str(charge.key)})
        if found:
            return found[0].id
        invoice = await self._ask(
            "POST",
            "/v2/invoices",
            _Invoice,
            {
                "external_id": str(charge.key),
                "amount": amount,
                "currency": charge.currency,
                "description": charge.label,
                "invoice_duration": max(int((charge.until - datetime.now(UTC)).total_seconds()), 1),
                "should_send_email": False,
                "success_redirect_url": charge.return_url,
                "failure_redirect_url": charge.return_url,
            },
        )
        return invoice.id

    async def charge(self, charge: Charge, reference: str) -> Standing:
        return await self.find(charge.key, reference)

    async def find(self, key: UUID, reference: str) -> Standing:
        if not reference:
            return Standing(key=key, state="absent")  # not recorded, so never shown to anybody
        if reference.startswith(_VA):
            return await self._find_account(key, reference)
        invoice = await self._ask("GET", f"/v2/invoices/{reference}", _Invoice)
        if _is_paid(invoice):
            return _paid(key, invoice, await self._refunds(reference))
        if invoice.status == "EXPIRED":
            return Standing(key=key, state="voided", reference=reference)
        action = Action(url=invoice.invoice_url, until=invoice.expiry_date)
        return Standing(key=key, state="action", reference=reference, action=action)

    async def complete(self, key: UUID, reference: str) -> Standing:
        return await self.find(key, reference)  # Xendit takes it by itself

    async def capture(self, key: UUID, reference: str, amount: int) -> Standing:
        return await self.find(key, reference)  # it is taken at once

    async def void(self, key: UUID, reference: str) -> Standing:
        standing = await self.find(key, reference)
        if standing.state != "action":
            return standing
        try:
            if reference.startswith(_VA):
                past = {"expiration_date": (datetime.now(UTC) - timedelta(minutes=1)).isoformat()}
                await self._ask("PATCH", f"/callback_virtual_accounts/{reference.removeprefix(_VA)}", _Account, past)
            else:
                await self._ask("POST", f"/invoices/{reference}/expire!", _Invoice)
        except ProviderRefused:
            pass  # it has moved since: what it says now counts
        return await self.find(key, reference)

    async def refund(self, key: UUID, reference: str, refund: Refund) -> Returned:
        """Looked for before it is made. What came by bank is given back by hand: Xendit has no refund of it."""
        made = await self._refunds(reference)
        found = next((one for one in made if one.reference_id == str(refund.id)), None)
        if found is None:
            invoice = await self._ask("GET", f"/v2/invoices/{reference}", _Invoice)
            try:
                found = await self._ask(
                    "POST",
                    "/refunds",
                    _Refund,
                    {
                        "invoice_id": reference,
                        "reference_id": str(refund.id),
                        "amount": _units(refund.amount, invoice.currency),
                        "currency": invoice.currency,
                        "reason": "REQUESTED_BY_CUSTOMER",
                    },
                    headers={"idempotency-key": str(refund.id)},
                )
            except ProviderRefused as error:
                return Returned(state="failed", note=str(error))
        if found.status == "SUCCEEDED":
            return Returned(state="done", reference=found.id)
        if found.status in ("FAILED", "CANCELLED"):
            return Returned(state="failed", reference=found.id, note=found.failure_code or found.status)
        return Returned(state="pending", reference=found.id)

    async def hear(self, headers: Mapping[str, str], body: bytes) -> Heard:
        """The token is the same with each, and no time is signed: one that is sent again is known by its id, and changes
        nothing."""
        if not same_secret(headers.get("x-callback-token"), self._keys.callback_token):
            raise WrongSignature("another token")
        try:
            told = msgspec.json.decode(body, type=_Told)
        except msgspec.MsgspecError as error:
            raise WrongSignature(str(error)) from None
        return Heard(
            event_id=headers.get("webhook-id") or hashlib.sha256(body).hexdigest(),
            kind=told.event or told.status or "payment",
            key=_uuid(told.external_id),
            reference=told.data.invoice_id or told.invoice_id,
        )

    async def listed(self, since: datetime, until: datetime) -> AsyncIterator[Standing]:
        """Invoices with their refunds, and what came into virtual accounts. What was paid twice is one sum."""
        back: dict[str, list[_Refund]] = {}
        async for refund in self._pages("/refunds", _Refund, {}):
            back.setdefault(refund.invoice_id or "", []).append(refund)
        found: dict[UUID, Standing] = {}
        async for invoice in self._invoices(since, until):
            key = _uuid(invoice.external_id)
            if key is not None and _is_paid(invoice):
                found[key] = _with(found.get(key), _paid(key, invoice, back.get(invoice.id, [])))
        wanted = {"types": "PAYMENT", "statuses": "SUCCESS", "channel_categories": "VIRTUAL_ACCOUNT"}
        between = {"created[gte]": since.isoformat(), "created[lte]": until.isoformat()}
        accounts: dict[UUID, Standing] = {}
        async for one in self._pages("/transactions", _Transaction, wanted | between):
            key = _uuid(one.reference_id)
            if key is not None and key not in found:
                accounts[key] = _with(accounts.get(key), _came_in(key, [one], one.id))
        for standing in (*found.values(), *accounts.values()):
            yield standing

    async def _find_account(self, key: UUID, reference: str) -> Standing:
        """It does not say itself whether it was paid: the list of transactions does."""
        account = await self._ask("GET", f"/callback_virtual_accounts/{reference.removeprefix(_VA)}", _Account)
        wanted = {"reference_id": str(key), "types": "PAYMENT", "statuses": "SUCCESS"}
        came = [one async for one in self._pages("/transactions", _Transaction, wanted)]
        if came:
            return _came_in(key, came, reference)
        if account.status == "INACTIVE":
            # One that is paid is closed, too, and may be listed a moment later: until it has ended by itself, it is asked again.
            over = account.expiration_date <= datetime.now(UTC)
            return Standing(key=key, state="voided" if over else "pending", reference=reference)
        action = Action(
            kind="account", code=account.account_number, bank=account.bank_code, until=account.expiration_date
        )
        return Standing(key=key, state="action", reference=reference, action=action)

    async def _refunds(self, invoice_id: str) -> list[_Refund]:
        return [one async for one in self._pages("/refunds", _Refund, {"invoice_id": invoice_id})]

    async def _invoices(self, since: datetime, until: datetime) -> AsyncIterator[_Invoice]:
        params = {"created_after": since.isoformat(), "created_before": until.isoformat(), "limit": MOST}
        while True:
            page = await self._ask("GET", "/v2/invoices", list[_Invoice], params=params)
            for invoice in page:
                yield invoice
            if len(page) < MOST:
                return
            params["last_invoice"] = page[-1].id

    async def _pages(self, path: str, of: type[T], params: dict[str, Any]) -> AsyncIterator[T]:
        params = {**params, "limit": 50}
        while True:
            page = await self._ask("GET", path, _Page, params=params)
            items: list[Any] = msgspec.convert(page.data, list[of], strict=False)  # type: ignore[valid-type]
            for item in items:
                yield item
            if not page.has_more or not items:
                return
            params["after_id"] = items[-1].id

    async def _ask(
        self,
        method: str,
        path: str,
        shape: type[T],
        body: Any = None,
        *,
        params: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> T:
        content = None if body is None else as_json(body)
        sent = by_key(self._keys.secret_key) | (headers or {})
        try:
            answer = await ask(self._http, method, self._url + path, headers=sent, content=content, params=params)
        except Refused as error:
            problem = read(error.body, _Problem)
            raise ProviderRefused(problem.message or problem.error_code) from None
        return read(answer, shape)


def _units(amount: int, currency: str) -> int | Decimal:
    """Whole ones where Xendit would cut off the rest."""
    return whole_units(amount, currency) if currency in WHOLE else to_decimal(amount, currency)


def _is_paid(invoice: _Invoice) -> bool:
    return invoice.status in ("PAID", "SETTLED")


def _paid(key: UUID, invoice: _Invoice, refunds: list[_Refund]) -> Standing:
    amount = invoice.amount if invoice.paid_amount is None else invoice.paid_amount
    back = sum((one.amount for one in refunds if one.status in ("SUCCEEDED", "PENDING")), Decimal(0))
    return Standing(
        key=key,
        state="captured",
        amount=to_minor(amount, invoice.currency),
        currency=invoice.currency,
        refunded=to_minor(back, invoice.currency),
        reference=invoice.id,
    )


def _came_in(key: UUID, came: list[_Transaction], reference: str) -> Standing:
    currency = came[0].currency
    amount = to_minor(sum((one.amount for one in came), Decimal(0)), currency)
    return Standing(key=key, state="captured", amount=amount, currency=currency, reference=reference)


def _with(before: Standing | None, also: Standing) -> Standing:
    if before is None:
        return also
    return msgspec.structs.replace(before, amount=before.amount + also.amount, refunded=before.refunded + also.refunded)


def _name(label: str) -> str:
    """Banks show letters, digits and spaces."""
    return " ".join("".join(c if c.isascii() and c.isalnum() else " " for c in label).split())[:50] or "Store"


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
