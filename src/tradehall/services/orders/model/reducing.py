"""Rules of what an order is less by: parts cancelled before they are sent, and what comes back."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec

from tradehall.contracts.orders import OrderStatus, ReducedLine, ReturnStatus
from tradehall.contracts.stores import OrderProfile
from tradehall.contracts.values import Line, Quantity, smallest
from tradehall.kernel.errors import Conflict, FieldError, Invalid, NotFound
from tradehall.kernel.ids import uuid7
from tradehall.services.orders.model import WHOLE, NoSuchTransition, Order, Parcel, can_become, move

# Where a return may come from to get there.
BEFORE: dict[ReturnStatus, frozenset[ReturnStatus]] = {
    "approved": frozenset({"requested"}),
    "refused": frozenset({"requested"}),
    "withdrawn": frozenset({"requested", "approved"}),
    "received": frozenset({"approved"}),
}


class UnknownReturn(NotFound):
    slug = "unknown-return"
    title = "There is no such return"


class NoReturns(Conflict):
    slug = "no-returns"
    title = "This cannot be sent back"


class ReturnEnded(Conflict):
    slug = "return-status"
    title = "The return's status does not allow this"


class SoldLine(Line, frozen=True, kw_only=True):
    """With what of it is not sold any more, and what is asked to come back."""

    cancelled: int = 0
    returned: int = 0
    coming_back: int = 0

    @property
    def remaining(self) -> int:
        """What the buyer has or will get."""
        return self.quantity - self.cancelled - self.returned

    @property
    def free(self) -> int:
        """What can still be cancelled, or asked to be sent back."""
        return self.remaining - self.coming_back


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """So many of a line."""

    line_id: UUID
    quantity: Quantity


class Reduction(msgspec.Struct, frozen=True, kw_only=True):
    """Money in minor units: `shipping` is what of the shipping price goes back."""

    id: UUID
    kind: Literal["cancelled", "returned"]
    whole: bool = False
    lines: list[ReducedLine]
    shipping: int = 0
    reason: str

    @property
    def total(self) -> int:
        return self.shipping + sum(line.amount for line in self.lines)


class ReturnLine(msgspec.Struct, frozen=True, kw_only=True):
    line_id: UUID
    quantity: int


class Return(msgspec.Struct, frozen=True, kw_only=True):
    """Of one parcel, and so of one seller. `answer` is what the buyer is told."""

    id: UUID
    order_id: UUID
    parcel_id: UUID
    seller_id: UUID
    status: ReturnStatus
    reason: str
    answer: str = ""
    reduction_id: UUID | None = None
    lines: list[ReturnLine]
    created_at: datetime
    updated_at: datetime


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What of a line has come back, and what is paid for it; without `amount` what it cost."""

    line_id: UUID
    quantity: int
    amount: int | None = None
    restock: bool = True


def worth(line: SoldLine, quantity: int, currency: str) -> int:
    """What is given back for so many more of a line: what was paid for them. All of it together is what was paid for the
    line, to the smallest amount there is."""
    exact = smallest(currency) if line.paid % smallest(currency) == 0 else 1
    before = line.quantity - line.remaining

    def of(quantity: int) -> int:
        return line.paid if quantity == line.quantity else line.paid * quantity // line.quantity // exact * exact

    return of(before + quantity) - of(before)


def chosen(parts: Sequence[Part], lines: Sequence[SoldLine], *, only: UUID | None) -> list[tuple[SoldLine, int]]:
    """The lines meant, each once. `only`: the seller whose lines can be named. Raises Invalid."""
    if not parts:
        raise Invalid.field("lines", "must name at least one line")
    known = {line.line_id: line for line in lines if only in (None, line.seller_id)}
    wanted: dict[UUID, int] = {}
    errors = []
    for i, part in enumerate(parts):
        line = known.get(part.line_id)
        if line is None:
            errors.append(FieldError(f"lines[{i}].line_id", "is not a line of this order"))
            continue
        wanted[part.line_id] = wanted.get(part.line_id, 0) + part.quantity
        if wanted[part.line_id] > line.free:
            errors.append(FieldError(f"lines[{i}].quantity", f"must be at most {line.free}"))
    if errors:
        raise Invalid("Some lines are not right.", errors=errors)
    return [(known[line_id], quantity) for line_id, quantity in wanted.items()]


def cancel_parts(
    order: Order,
    parcels: Sequence[Parcel],
    lines: Sequence[SoldLine],
    parts: Sequence[tuple[SoldLine, int]],
    reason: str,
    profile: OrderProfile = WHOLE,
) -> Reduction:
    """What is not sent, with the shipping where nothing at all is. Raises NoSuchTransition."""
    if order.status == "PENDING":
        raise NoSuchTransition("The order is not confirmed yet; until then it can be cancelled as a whole only.")
    if not can_become(order.status, "CANCELLED", profile):
        raise NoSuchTransition(f"Order {order.number} is {order.status}; nothing of it can be cancelled.")
    by_seller = {parcel.seller_id: parcel for parcel in parcels}
    if any(by_seller[line.seller_id].status != "PENDING" for line, _ in parts):
        raise NoSuchTransition("A part of that has been sent; it can be sent back when it has arrived.")
    whole = sum(quantity for _, quantity in parts) == sum(line.remaining for line in lines)
    reduced = [_reduced(line, quantity, by_seller[line.seller_id], order.currency) for line, quantity in parts]
    shipping = order.shipping_price - order.shipping_reduced if whole else 0
    return Reduction(id=uuid7(), kind="cancelled", whole=whole, lines=reduced, shipping=shipping, reason=reason)


def cancel_rest(order: Order, parcels: Sequence[Parcel], lines: Sequence[SoldLine], reason: str) -> Reduction:
    """All that is left of a sale that ends."""
    by_seller = {parcel.seller_id: parcel for parcel in parcels}
    reduced = [
        _reduced(line, line.remaining, by_seller[line.seller_id], order.currency) for line in lines if line.remaining
    ]
    shipping = order.shipping_price - order.shipping_reduced
    return Reduction(id=uuid7(), kind="cancelled", whole=True, lines=reduced, shipping=shipping, reason=reason)


def _reduced(
    line: SoldLine,
    quantity: int,
    parcel: Parcel,
    currency: str,
    *,
    amount: int | None = None,
    restock: bool = True,
) -> ReducedLine:
    return ReducedLine(
        line_id=line.line_id,
        product_id=line.product_id,
        variant_id=line.variant_id,
        seller_id=line.seller_id,
        parcel_id=parcel.id,
        quantity=quantity,
        amount=worth(line, quantity, currency) if amount is None else amount,
        restock=restock,
        left=line.remaining - quantity,
    )


def emptied(parcels: Sequence[Parcel], lines: Iterable[SoldLine], reduction: Reduction) -> list[Parcel]:
    """Those that nothing is left of, now cancelled."""
    left: dict[UUID, int] = {}
    for line in lines:
        left[line.seller_id] = left.get(line.seller_id, 0) + line.remaining
    for reduced in reduction.lines:
        left[reduced.seller_id] -= reduced.quantity
    return [
        msgspec.structs.replace(parcel, status="CANCELLED")
        for parcel in parcels
        if parcel.status == "PENDING" and not left.get(parcel.seller_id)
    ]


def follow_parcels(order: Order, parcels: Sequence[Parcel]) -> list[Order]:
    """The states an order goes through when the parcel it waited for will not be sent."""
    steps: list[Order] = []
    live = [parcel.status for parcel in parcels if parcel.status != "CANCELLED"]
    if order.status == "PROCESSING" and "PENDING" not in live:
        order = move(order, "SHIPPED")
        steps.append(order)
        if "SHIPPED" not in live:
            steps.append(move(order, "DELIVERED"))
    return steps


def ask_back(
    order: Order,
    parcels: Sequence[Parcel],
    parts: Sequence[tuple[SoldLine, int]],
    reason: str,
    *,
    at: datetime,
    days: int | None,
    profile: OrderProfile = WHOLE,
) -> list[Return]:
    """One for each parcel concerned. `days` after its arrival are left to ask; None: for ever. Raises NoReturns."""
    if not profile.allows("DELIVERED", "RETURNED") or days == 0:
        raise NoReturns("This store takes nothing back.")
    by_seller = {parcel.seller_id: parcel for parcel in parcels}
    found: dict[UUID, list[ReturnLine]] = {}
    for line, quantity in parts:
        parcel = by_seller[line.seller_id]
        if parcel.delivered_at is None:
            raise NoReturns(f"{line.title} has not arrived yet.")
        if not in_time(parcel, days, at):
            raise NoReturns(f"{line.title} arrived more than {days} days ago.")
        found.setdefault(line.seller_id, []).append(ReturnLine(line_id=line.line_id, quantity=quantity))
    return [
        Return(
            id=uuid7(),
            order_id=order.id,
            parcel_id=by_seller[seller_id].id,
            seller_id=seller_id,
            status="requested",
            reason=reason,
            lines=lines,
            created_at=at,
            updated_at=at,
        )
        for seller_id, lines in found.items()
    ]


def in_time(parcel: Parcel, days: int | None, at: datetime | None = None) -> bool:
    """Whether it has arrived, and not longer ago than so many days; None: at any time."""
    if parcel.delivered_at is None:
        return False
    return days is None or (at or datetime.now(UTC)) <= parcel.delivered_at + timedelta(days=days)


def moved(asked: Return, to: ReturnStatus, *, at: datetime, answer: str = "") -> Return:
    """Raises ReturnEnded."""
    if asked.status not in BEFORE[to]:
        raise ReturnEnded(f"The return is {asked.status}; it cannot become {to}.")
    return msgspec.structs.replace(asked, status=to, answer=answer or asked.answer, updated_at=at)


def received(
    asked: Return, order: Order, lines: Sequence[SoldLine], receipts: Sequence[Receipt], parcel: Parcel, shipping: int
) -> Reduction:
    """What has come back of it, all of it where nothing else is said. Raises Invalid naming what is not right."""
    known = {line.line_id: line for line in lines}
    asked_for = {line.line_id: line.quantity for line in asked.lines}
    what = receipts or [Receipt(line_id=line.line_id, quantity=line.quantity) for line in asked.lines]
    errors = []
    reduced = []
    seen: set[UUID] = set()
    for i, receipt in enumerate(what):
        if receipt.line_id not in asked_for or receipt.line_id in seen:
            errors.append(FieldError(f"lines[{i}].line_id", "is not a line of this return, or is named twice"))
            continue
        seen.add(receipt.line_id)
        most, line = asked_for[receipt.line_id], known[receipt.line_id]
        if receipt.quantity > most:
            errors.append(FieldError(f"lines[{i}].quantity", f"must be at most {most}"))
        elif receipt.amount is not None and receipt.amount > worth(line, receipt.quantity, order.currency):
            errors.append(FieldError(f"lines[{i}].amount", "must be at most what was paid for it"))
        elif receipt.quantity:
            reduced.append(
                _reduced(line, receipt.quantity, parcel, order.currency, amount=receipt.amount, restock=receipt.restock)
            )
    if not errors and not reduced:
        errors.append(FieldError("lines", "must have something that came back; refuse the return otherwise"))
    if shipping > (most_shipping := order.shipping_price - order.shipping_reduced):
        errors.append(FieldError("shipping", f"must be at most {most_shipping}, what of it was not given back yet"))
    if errors:
        raise Invalid("Some fields are not right.", errors=errors)
    return Reduction(id=uuid7(), kind="returned", lines=reduced, shipping=shipping, reason=asked.reason)


def all_back(order: Order, lines: Iterable[SoldLine], back: Mapping[UUID, int]) -> bool:
    """Whether nothing is left with the buyer of an order that had arrived."""
    became: OrderStatus = "DELIVERED"
    return order.status == became and all(line.remaining == back.get(line.line_id, 0) for line in lines)
