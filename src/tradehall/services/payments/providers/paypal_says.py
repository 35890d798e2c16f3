"""What PayPal says, and what of it a payment is.

PayPal Developer: Orders API v2, Payments API v2, Transaction Search API.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from tradehall.contracts.values import to_decimal
from tradehall.services.payments.model import Action, Standing, State
from tradehall.services.payments.providers import ProviderTimeout
from tradehall.services.payments.providers.asking import Refused, to_minor, whole_units

T = TypeVar("T")

_WHOLE = frozenset({"HUF", "JPY", "TWD"})  # PayPal knows no parts of these
TAKEN = frozenset({"COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"})
_PAYMENT, _REFUND = "T00", "T1107"  # beginnings of its event codes


class Money(msgspec.Struct, frozen=True):
    value: Decimal
    currency_code: str


class Link(msgspec.Struct, frozen=True):
    href: str
    rel: str


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A capture, an authorisation or a refund."""

    id: str
    status: str
    amount: Money | None = None
    invoice_id: str = ""


class Parts(msgspec.Struct, frozen=True):
    captures: list[Part] = []
    authorizations: list[Part] = []
    refunds: list[Part] = []


class Unit(msgspec.Struct, frozen=True):
    custom_id: str = ""
    payments: Parts = Parts()


class Order(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    status: str
    intent: str = "CAPTURE"
    purchase_units: list[Unit] = []
    links: list[Link] = []

    @property
    def parts(self) -> Parts:
        return self.purchase_units[0].payments if self.purchase_units else Parts()


class Token(msgspec.Struct, frozen=True):
    access_token: str
    expires_in: int


class Issue(msgspec.Struct, frozen=True):
    issue: str = ""
    description: str = ""


class Problem(msgspec.Struct, frozen=True):
    name: str = ""
    details: list[Issue] = []


class Related(msgspec.Struct, frozen=True):
    order_id: str = ""


class Supplement(msgspec.Struct, frozen=True):
    related_ids: Related = Related()


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    id: str = ""
    custom_id: str = ""
    invoice_id: str = ""
    purchase_units: list[Unit] = []
    supplementary_data: Supplement = Supplement()


class Event(msgspec.Struct, frozen=True):
    id: str
    event_type: str
    resource: Resource


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    transaction_id: str
    transaction_event_code: str
    transaction_status: str
    transaction_amount: Money
    paypal_reference_id: str = ""
    custom_field: str = ""


class Row(msgspec.Struct, frozen=True):
    transaction_info: Moved


class Rows(msgspec.Struct, frozen=True):
    transaction_details: list[Row] = []
    total_pages: int = 1


def standing_of(key: UUID, order: Order) -> Standing:
    parts = order.parts

    def standing(state: State, part: Part | None = None, **more: Any) -> Standing:
        amount, currency = inward(part.amount) if part and part.amount else (0, "")
        return Standing(key=key, state=state, amount=amount, currency=currency, reference=order.id, **more)

    taken = [one for one in parts.captures if one.status in TAKEN and one.amount]
    if taken:
        whole = standing(
            "captured", taken[0], refunded=sum_of(one for one in parts.refunds if one.status == "COMPLETED")
        )
        return msgspec.structs.replace(whole, amount=sum_of(taken))
    if any(one.status == "PENDING" for one in parts.captures):
        return standing("pending")
    if parts.captures:
        return standing("declined", note="PayPal could not take the money.")
    for held in parts.authorizations:
        if held.status in ("CREATED", "PENDING", "DENIED"):
            return standing(
                "authorised" if held.status == "CREATED" else "pending" if held.status == "PENDING" else "declined",
                held,
            )
        return standing("voided")
    if order.status == "APPROVED":
        return standing("approved")
    if order.status in ("VOIDED", "COMPLETED"):
        return standing("voided" if order.status == "VOIDED" else "pending")
    url = next((link.href for link in order.links if link.rel in ("payer-action", "approve")), "")
    return standing("action", action=Action(url=url))


def sums_of(found: Iterable[Moved]) -> list[Standing]:
    """Payments that are ours, with what was given back of each; the one who gave it back may not have named ours."""
    done = [one for one in found if one.transaction_status == "S"]
    standings: dict[str, Standing] = {}
    for one in done:
        key = uuid_of(one.custom_field)
        if key is not None and one.transaction_event_code.startswith(_PAYMENT):
            amount, currency = inward(one.transaction_amount)
            standings[one.transaction_id] = Standing(
                key=key, state="captured", amount=amount, currency=currency, reference=one.transaction_id
            )
    for one in done:
        paid = standings.get(one.paypal_reference_id)
        if paid is not None and one.transaction_event_code == _REFUND:
            back = paid.refunded + abs(inward(one.transaction_amount)[0])
            standings[one.paypal_reference_id] = msgspec.structs.replace(paid, refunded=back)
    return list(standings.values())


def issue_of(error: Refused) -> Issue:
    try:
        problem = msgspec.json.decode(error.body, type=Problem)
    except msgspec.MsgspecError:
        return Issue()
    return problem.details[0] if problem.details else Issue(issue=problem.name)


def read(answer: bytes, shape: type[T]) -> T:
    """Raises ProviderTimeout for what cannot be read: whether it was done is unknown then."""
    try:
        return msgspec.json.decode(answer, type=shape)
    except msgspec.MsgspecError:
        raise ProviderTimeout("an answer that is none") from None


def outward(amount: int, currency: str) -> dict[str, str]:
    value = str(whole_units(amount, currency)) if currency in _WHOLE else str(to_decimal(amount, currency))
    return {"currency_code": currency, "value": value}


def inward(money: Money) -> tuple[int, str]:
    return to_minor(money.value, money.currency_code), money.currency_code


def sum_of(parts: Iterable[Part]) -> int:
    return sum(inward(one.amount)[0] for one in parts if one.amount)


def uuid_of(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
