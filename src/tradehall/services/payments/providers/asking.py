"""Requests to a provider's HTTP API, and what comes of one: done, refused, or nobody knows."""

from decimal import Decimal
from typing import Any

import httpx
import msgspec

from tradehall.contracts.values import decimals, to_decimal
from tradehall.services.payments.providers import ProviderRefused, ProviderTimeout

TIMEOUT = 25.0  # seconds; a bank may be asked meanwhile
_encoder = msgspec.json.Encoder(decimal_format="number")


async def asked(
    http: httpx.AsyncClient,
    method: str,
    url: str,
    *,
    auth: tuple[str, str],
    body: Any = None,
    params: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> httpx.Response:
    """Any answer that says whether it was done. Raises ProviderTimeout where it may have been."""
    content = None if body is None else _encoder.encode(body)
    sent = {"accept": "application/json", "content-type": "application/json", **(headers or {})}
    try:
        answer = await http.request(
            method, url, auth=auth, content=content, params=params, headers=sent, timeout=TIMEOUT
        )
    except httpx.TransportError as error:
        raise ProviderTimeout(type(error).__name__) from None
    if answer.status_code >= 500 or answer.status_code in (408, 409, 429):
        raise ProviderTimeout(f"answered {answer.status_code}")
    return answer


def outward(amount: int, currency: str, *, whole: bool) -> int | Decimal:
    """In units of the currency, as the provider counts. `whole`: it knows no part of one, though ISO 4217 does; it would
    cut it off, so it is refused."""
    units = to_decimal(amount, currency)
    if units == units.to_integral_value():
        return int(units)
    if whole:
        raise ProviderRefused(f"{units} {currency} is not a whole number, as it has to be there.")
    return units


def inward(units: Decimal, currency: str) -> int:
    """In minor units. Raises ProviderRefused for an amount that has no such number of them."""
    amount = units.scaleb(decimals(currency))
    if amount != amount.to_integral_value():
        raise ProviderRefused(f"{units} {currency} is no amount of this currency.")
    return int(amount)
