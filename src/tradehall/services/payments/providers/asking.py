"""Asking a provider over HTTP, and what its answer says of whether it was done."""

from base64 import b64encode
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeVar

import httpx
import msgspec

from tradehall.contracts.values import decimals
from tradehall.services.payments.providers import ProviderRefused, ProviderTimeout

TIMEOUT = 25.0  # seconds; a bank may be asked meanwhile
_UNKNOWN = frozenset({408, 409, 425, 429})  # perhaps it is just being done, or would be later


class Refused(ProviderRefused):
    """With the answer's status and body. `str()` of it has nothing of them: they may name what is secret."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(f"answered {status}")
        self.status, self.body = status, body


T = TypeVar("T")
_encoder = msgspec.json.Encoder(decimal_format="number")


def as_json(body: Any) -> bytes:
    """Decimals are numbers in it."""
    return _encoder.encode(body)


def by_key(key: str) -> dict[str, str]:
    """The headers of a request with JSON whose user is a secret key, and has no password."""
    user = b64encode(f"{key}:".encode()).decode()
    return {"authorization": f"Basic {user}", "accept": "application/json", "content-type": "application/json"}


def read(answer: bytes, shape: type[T]) -> T:
    """Raises ProviderTimeout for what is no answer of theirs: something may stand between."""
    try:
        return msgspec.json.decode(answer, type=shape, strict=False)
    except msgspec.MsgspecError as error:
        raise ProviderTimeout(f"not understood: {type(error).__name__}") from None


async def ask(
    http: httpx.AsyncClient,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    content: bytes | None = None,
    params: Mapping[str, Any] | None = None,
) -> bytes:
    """The answer's body. Raises ProviderTimeout where it may have been done, Refused where it was not."""
    try:
        answer = await http.request(method, url, headers=headers, content=content, params=params, timeout=TIMEOUT)
    except httpx.TransportError as error:
        raise ProviderTimeout(type(error).__name__) from None
    if answer.status_code >= 500 or answer.status_code in _UNKNOWN:
        raise ProviderTimeout(f"answered {answer.status_code}")
    if answer.status_code >= 300:
        raise Refused(answer.status_code, answer.content)
    return answer.content


def whole_units(amount: int, currency: str) -> int:
    """Of an amount in minor units. Raises ProviderRefused for one that has a fraction."""
    units, rest = divmod(amount, int(10 ** decimals(currency)))
    if rest:
        raise ProviderRefused(f"only whole {currency} can be paid")
    return units


def to_minor(amount: Decimal, currency: str) -> int:
    """Raises ProviderRefused for what has no minor units."""
    exact = amount.scaleb(decimals(currency))
    if exact != int(exact):
        raise ProviderRefused(f"{amount} {currency} has a fraction that there is no coin for")
    return int(exact)
