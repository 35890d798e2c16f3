"""PayPal, by HTTP: its SDK for Python cannot wait without a thread. An order is made there and recorded, the buyer agrees to it
on PayPal's page, and only then we take the money, or have it held.

PayPal Developer: Orders API v2, Payments API v2, Transaction Search API, Webhooks: "Verify the message yourself".
"""

import base64
import hashlib
import time
import zlib
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import msgspec

from tradehall.services.payments.model import Refund, Standing
from tradehall.services.payments.providers import (
    Charge,
    Heard,
    Returned,
    WrongSignature,
)
from tradehall.services.payments.providers.asking import Refused, ask
from tradehall.services.payments.providers.keys import PayPalKeys
from tradehall.services.payments.providers.paypal_says import (
    TAKEN,
    Event,
    Moved,
    Order,
    Part,
    Rows,
    Token,
    issue_of,
    outward,
    read,
    standing_of,
    sums_of,
    uuid_of,
)

T = TypeVar("T")

URLS = {"live": "https://api-m.paypal.com", "sandbox": "https://api-m.sandbox.paypal.com"}
RETOLD_FOR = timedelta(days=3)  # PayPal tells again for so long, with the time of the first
MONTH = timedelta(days=31)  # of which its books are read at a time
_DECLINED = frozenset({"INSTRUMENT_DECLINED", "PAYER_CANNOT_PAY", "TRANSACTION_REFUSED", "PAYER_ACCOUNT_RESTRICTED"})

_tokens: dict[str, tuple[str, float]] = {}  # by address and keys; until when
_certificates: dict[str, bytes] = {}  # by address


class PayPal:
    name = "paypal"
    prepares = True
    lists = True
    behind = timedelta(hours=3)  # what has moved is in its books by then

    def __init__(self, keys: PayPalKeys, http: httpx.AsyncClient, url: str = "") -> None:
        """`url` where it is not PayPal's own."""
        self._keys = keys
        self._http = http
        self._url = url or URLS[keys.environment]
        self._elsewhere = bool(url)

    async def prepare(self, charge: Charge) -> str:
        page = {
            "return_url": charge.return_url,
            "cancel_url": charge.return_url,
            "user_action": "PAY_NOW",
            "shipping_preference": "NO_SHIPPING",
            "brand_name": charge.label[:127],
        }
        unit = {
            "custom_id": str(charge.key),
            "invoice_id": str(charge.key),  # PayPal takes money for one once
            "amount": outward(charge.amount, charge.currency),
        }
        body = {
            "intent": "CAPTURE" if charge.capture else "AUTHORIZE",
            "purchase_units": [unit],
            "payment_source": {"paypal": {"experience_context": page}},
        }
        return (await self._ask(Order, "POST", "/v2/checkout/orders", body, key=f"{charge.key}:order")).id

    async def charge(self, charge: Charge, reference: str) -> Standing:
        return await self.find(charge.key, reference)

    async def find(self, key: UUID, reference: str) -> Standing:
        if not reference:
            return Standing(key=key, state="absent")  # not recorded, so nobody was led there
        try:
            order = await self._order(reference)
        except Refused as error:
            if error.status == 404:  # it forgets those that nobody agreed to after some hours
                return Standing(key=key, state="voided", reference=reference)
            raise
        return standing_of(key, order)

    async def complete(self, key: UUID, reference: str) -> Standing:
        order = await self._order(reference)
        if order.status != "APPROVED":
            return standing_of(key, order)
        step = "capture" if order.intent == "CAPTURE" else "authorize"
        try:
            await self._ask(None, "POST", f"/v2/checkout/orders/{reference}/{step}", {}, key=f"{key}:{step}")
        except Refused as error:
            issue = issue_of(error)
            if issue.issue in _DECLINED:
                return Standing(key=key, state="declined", reference=reference, note="PayPal could not take the money.")
            if not issue.issue.startswith("ORDER_ALREADY_"):
                raise
        return await self.find(key, reference)

    async def capture(self, key: UUID, reference: str, amount: int) -> Standing:
        order = await self._order(reference)
        for held in order.parts.authorizations:
            if held.status in ("CREATED", "PENDING") and held.amount is not None:
                body = {"amount": outward(amount, held.amount.currency_code), "final_capture": True}
                try:
                    await self._ask(
                        None, "POST", f"/v2/payments/authorizations/{held.id}/capture", body, key=f"{key}:take"
                    )
                except Refused:
                    standing = await self.find(key, reference)
                    if standing.state == "authorised":
                        raise
                    return standing
        return await self.find(key, reference)

    async def void(self, key: UUID, reference: str) -> Standing:
        """What nobody has taken needs not be closed at PayPal, and cannot be: only we can take it, and will not."""
        standing = await self.find(key, reference)
        if standing.state in ("action", "approved"):
            return Standing(key=key, state="voided", reference=reference)
        if standing.state != "authorised":
            return standing
        for held in (await self._order(reference)).parts.authorizations:
            with suppress(Refused):  # where it has moved since, what it says then counts
                await self._ask(None, "POST", f"/v2/payments/authorizations/{held.id}/void", {}, key=f"{key}:void")
        return await self.find(key, reference)

    async def refund(self, key: UUID, reference: str, refund: Refund) -> Returned:
        """Looked for before it is made: PayPal forgets what was asked for after 45 days."""
        parts = (await self._order(reference)).parts
        found = next((one for one in parts.refunds if one.invoice_id == str(refund.id)), None)
        if found is None:
            taken = next((one for one in parts.captures if one.status in TAKEN and one.amount), None)
            if taken is None or taken.amount is None:
                return Returned(state="failed", note="PayPal has not taken this money.")
            body = {
                "amount": outward(refund.amount, taken.amount.currency_code),
                "invoice_id": str(refund.id),
                "custom_id": str(key),
            }
            try:
                found = await self._ask(
                    Part, "POST", f"/v2/payments/captures/{taken.id}/refund", body, key=str(refund.id)
                )
            except Refused as error:
                issue = issue_of(error)
                return Returned(state="failed", note=issue.description or issue.issue or str(error))
        if found.status == "COMPLETED":
            return Returned(state="done", reference=found.id)
        if found.status in ("FAILED", "CANCELLED"):
            return Returned(state="failed", reference=found.id, note=f"PayPal says {found.status.lower()}.")
        return Returned(state="pending", reference=found.id)

    async def hear(self, headers: Mapping[str, str], body: bytes) -> Heard:
        """Verified here, with PayPal's certificate, rather than by a question to PayPal for each: so nobody can make us ask in
        the store's name by sending nonsense."""
        told = {name: headers.get(f"paypal-{name}", "") for name in ("transmission-id", "transmission-time")}
        try:
            at = datetime.fromisoformat(told["transmission-time"])
            signature = base64.b64decode(headers.get("paypal-transmission-sig", ""), validate=True)
            event = msgspec.json.decode(body, type=Event)
            fresh = abs(datetime.now(UTC) - at) <= RETOLD_FOR
        except (ValueError, TypeError):  # also where the time has no zone
            raise WrongSignature("not one of PayPal's") from None
        if not fresh or headers.get("paypal-auth-algo", "") != "SHA256withRSA":
            raise WrongSignature("too old, or signed in another way")
        signed = "|".join((*told.values(), self._keys.webhook_id, str(zlib.crc32(body))))
        _verify(await self._certificate(headers.get("paypal-cert-url", "")), signature, signed.encode())
        about = event.resource
        named = (
            about.custom_id or about.invoice_id or (about.purchase_units[0].custom_id if about.purchase_units else "")
        )
        reference = about.supplementary_data.related_ids.order_id or about.id
        return Heard(event_id=event.id, kind=event.event_type, key=uuid_of(named), reference=reference)

    async def listed(self, since: datetime, until: datetime) -> AsyncIterator[Standing]:
        """What was taken and given back in that time on our behalf; three hours old at least."""
        found: dict[str, Moved] = {}
        while since < until:
            end = min(since + MONTH, until)
            async for moved in self._moved(since, end):
                found[moved.transaction_id] = moved
            since = end
        for standing in sums_of(found.values()):
            yield standing

    async def _moved(self, since: datetime, until: datetime) -> AsyncIterator[Moved]:
        page, pages = 1, 1
        while page <= pages:
            asked = {
                "start_date": _time(since),
                "end_date": _time(until),
                "fields": "transaction_info",
                "page_size": 500,
                "page": page,
            }
            rows = await self._ask(Rows, "GET", "/v1/reporting/transactions", params=asked)
            for row in rows.transaction_details:
                yield row.transaction_info
            page, pages = page + 1, rows.total_pages

    async def _order(self, reference: str) -> Order:
        return await self._ask(Order, "GET", f"/v2/checkout/orders/{reference}")

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
        headers = {"content-type": "application/json", "prefer": "return=representation"}
        if key:
            headers["paypal-request-id"] = key
        content = msgspec.json.encode(body) if body is not None else None
        for last in (False, True):
            headers["authorization"] = f"Bearer {await self._token(anew=last)}"
            try:
                answer = await ask(
                    self._http, method, self._url + path, headers=headers, content=content, params=params
                )
            except Refused as error:
                if error.status == 401 and not last:
                    continue
                raise
            return read(answer, shape) if shape is not None else None  # type: ignore[return-value]
        raise AssertionError

    async def _token(self, *, anew: bool) -> str:
        secret = f"{self._keys.client_id}:{self._keys.client_secret}".encode()
        name = hashlib.sha256(self._url.encode() + b"\n" + secret).hexdigest()
        token, until = _tokens.get(name, ("", 0.0))
        if token and time.monotonic() < until and not anew:
            return token
        headers = {
            "authorization": f"Basic {base64.b64encode(secret).decode()}",
            "content-type": "application/x-www-form-urlencoded",
        }
        answer = await ask(
            self._http,
            "POST",
            f"{self._url}/v1/oauth2/token",
            headers=headers,
            content=b"grant_type=client_credentials",
        )
        new = read(answer, Token)
        _tokens[name] = (new.access_token, time.monotonic() + new.expires_in - 60)
        return new.access_token

    async def _certificate(self, address: str) -> bytes:
        """Raises WrongSignature for one that is not at PayPal, ProviderTimeout, ProviderRefused."""
        at = urlsplit(address)
        ours = urlsplit(self._url)
        theirs = at.scheme == "https" and (at.hostname or "").endswith(".paypal.com") and at.port in (None, 443)
        if not theirs and not (self._elsewhere and (at.scheme, at.netloc) == (ours.scheme, ours.netloc)):
            raise WrongSignature("its certificate is not at PayPal")
        if address not in _certificates:
            if len(_certificates) > 20:
                _certificates.clear()
            _certificates[address] = await ask(self._http, "GET", address, headers={})
        return _certificates[address]


def _verify(chain: bytes, signature: bytes, signed: bytes) -> None:
    """Raises WrongSignature, also where the chain does not lead to a root that is trusted here, or is of somebody else."""
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

    try:
        leaf, *others = x509.load_pem_x509_certificates(chain)
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        name = next(one for one in names.get_values_for_type(x509.DNSName) if one.endswith(".paypal.com"))
        verifier = PolicyBuilder().store(Store(_roots())).build_server_verifier(x509.DNSName(name))
        verifier.verify(leaf, others)
        key = leaf.public_key()
        if not isinstance(key, rsa.RSAPublicKey):
            raise WrongSignature("not an RSA key")
        key.verify(signature, signed, padding.PKCS1v15(), SHA256())
    except (ValueError, StopIteration, x509.ExtensionNotFound, VerificationError, InvalidSignature) as error:
        raise WrongSignature(type(error).__name__) from None


@cache
def _roots() -> list[Any]:
    """Those that our own requests trust, SSL_CERT_FILE instead where that is set."""
    from cryptography import x509

    return [x509.load_der_x509_certificate(one) for one in httpx.create_ssl_context().get_ca_certs(binary_form=True)]


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
