"""Signed webhooks: `carrier-signature: t=<seconds>,v1=<hex>`, the HMAC-SHA256 of `<seconds>.<body>` under the account's secret."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from tradehall.services.shipping.carriers import WrongSignature
from tradehall.services.shipping.model import News

HEADER = "carrier-signature"
REPLAY_WINDOW = 300  # seconds
MOST_NEWS = 100
_SIGNATURE = re.compile(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})", re.ASCII)


class Events(msgspec.Struct, frozen=True):
    events: list[News]


def signature(secret: str, body: bytes, at: int) -> str:
    return f"t={at},v1={_mac(secret, body, at)}"


def opened(secret: str, headers: Mapping[str, str], body: bytes) -> list[News]:
    """Raises WrongSignature, ValueError."""
    match = _SIGNATURE.fullmatch(headers.get(HEADER, ""))
    if match is None or not hmac.compare_digest(match[2], _mac(secret, body, int(match[1]))):
        raise WrongSignature("it does not fit")
    now = datetime.now(UTC)
    if abs(now.timestamp() - int(match[1])) > REPLAY_WINDOW:
        raise WrongSignature("it is too old")
    return read(body, now)


def read(body: bytes, now: datetime) -> list[News]:
    """Raises ValueError for what is no news."""
    events = msgspec.json.decode(body, type=Events).events
    if len(events) > MOST_NEWS:
        raise ValueError(f"more than {MOST_NEWS} events")
    return [news.checked(now) for news in events]


def _mac(secret: str, body: bytes, at: int) -> str:
    return hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
