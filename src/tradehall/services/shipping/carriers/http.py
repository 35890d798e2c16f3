"""Any carrier that is spoken to by the protocol of docs/carriers.md: HTTP and JSON, a bearer key, idempotency keys, signed
webhooks. A bridge to a carrier with a protocol of its own is a small program in between."""

import binascii
from base64 import b64decode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import msgspec

from tradehall.kernel.outside import NotPublic, allow
from tradehall.kernel.settings import Settings
from tradehall.services.shipping.carriers import (
    LABEL_TYPES,
    LARGEST_LABEL,
    Booked,
    CarrierRefused,
    CarrierTimeout,
    Consignment,
)
from tradehall.services.shipping.carriers.keys import HttpKeys
from tradehall.services.shipping.carriers.signing import opened, read
from tradehall.services.shipping.model import News

TIMEOUT = 20.0  # seconds
MOST_BYTES = 4_000_000
_AGAIN = frozenset({408, 409, 425, 429})  # it is under way there, or they are busy


class _Parcel(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    tracking_number: str
    carrier: str = ""
    label_url: str | None = None
    label: str | None = None
    label_type: str = "application/pdf"


class _Problem(msgspec.Struct, frozen=True):
    detail: str = ""


class Http:
    def __init__(self, keys: HttpKeys, name: str, http: httpx.AsyncClient, settings: Settings) -> None:
        self._keys = keys
        self._name = name
        self._http = http
        self._settings = settings

    async def book(self, consignment: Consignment) -> Booked:
        headers = {"idempotency-key": str(consignment.reference)}
        body = await self._ask("POST", "/parcels", content=msgspec.json.encode(consignment), headers=headers)
        return self._booked(body)

    async def find(self, reference: UUID) -> Booked | None:
        body = await self._ask("GET", f"/parcels/{reference}", missing=True)
        return self._booked(body) if body else None

    async def track(self, reference: UUID) -> list[News]:
        body = await self._ask("GET", f"/parcels/{reference}/events", missing=True)
        try:
            return read(body, datetime.now(UTC)) if body else []
        except ValueError as error:
            raise CarrierRefused(f"its answer cannot be read: {error}") from None

    def hear(self, headers: Mapping[str, str], body: bytes) -> list[News]:
        return opened(self._keys.webhook_secret, headers, body)

    async def check(self) -> None:
        """Whether it knows the key. Raises CarrierRefused, CarrierTimeout."""
        await self._ask("GET", "/parcels/00000000-0000-0000-0000-000000000000", missing=True)

    async def _ask(
        self, method: str, path: str, *, missing: bool = False, headers: Mapping[str, str] | None = None, **more: Any
    ) -> bytes:
        """Nothing where it is `missing` and may be."""
        try:
            await allow(self._keys.url, private=self._settings.private_carriers)
        except NotPublic as error:
            raise CarrierRefused(f"its address {error}") from None
        sent = {"authorization": f"Bearer {self._keys.api_key}", "content-type": "application/json", **(headers or {})}
        url = self._keys.url.rstrip("/") + path
        body = b""
        try:
            async with self._http.stream(method, url, headers=sent, timeout=TIMEOUT, **more) as answer:
                async for part in answer.aiter_bytes():
                    body += part
                    if len(body) > MOST_BYTES:
                        raise CarrierRefused("it answers with more than can be read")
                status = answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise CarrierTimeout(type(error).__name__) from None
        if status == 404 and missing:
            return b""
        if status >= 500 or status in _AGAIN:
            raise CarrierTimeout(f"it answers {status}")
        if status not in (200, 201):
            raise CarrierRefused(_detail(body) or f"it answers {status}")
        return body

    def _booked(self, body: bytes) -> Booked:
        """Raises CarrierTimeout for what cannot be read: something was booked, and only they know what."""
        try:
            found = msgspec.json.decode(body, type=_Parcel)
            number = found.tracking_number.strip()
            if not 0 < len(number) <= 60 or "\0" in number:
                raise ValueError("no tracking number")
            label = b64decode(found.label, validate=True) if found.label else None
        except (ValueError, binascii.Error) as error:
            raise CarrierTimeout(f"its answer cannot be read: {error}") from None
        if label is not None and (len(label) > LARGEST_LABEL or found.label_type not in LABEL_TYPES):
            label = None
        url = found.label_url if found.label_url and found.label_url.startswith("https://") else None
        return Booked(
            carrier=found.carrier.replace("\0", "").strip()[:60] or self._name,
            tracking_number=number,
            label_url=url[:1000] if url else None,
            label=label,
            label_type=found.label_type if label else None,
        )


def _detail(body: bytes) -> str:
    try:
        return msgspec.json.decode(body, type=_Problem).detail.replace("\0", "")[:300]
    except msgspec.MsgspecError:
        return ""
