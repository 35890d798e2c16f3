"""Plans: what a store may have and what that costs. Money in minor units of the plan's currency.

A discount is taken off the whole cycle, and half a minor unit is rounded up, once. An upgrade pays the difference of the two
cycles for the days that are left, a day begun being a whole one, rounded in the same way.
"""

import calendar
from datetime import datetime, timedelta
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from tradehall.contracts.stores import Limits, Look, Store
from tradehall.contracts.values import Money
from tradehall.kernel.errors import Conflict, Invalid, NotFound

Months = Literal[1, 6, 12, 24]
Percent = Annotated[int, Meta(ge=0, le=100)]

# What a new store looks like at first, by its plan's theme: readable, and soon to be changed.
SAMPLE_LOOKS = {
    "plain": Look(theme="plain", accent="#1f5f8b", ink="#1b1d21", paper="#ffffff"),
    "mini": Look(theme="mini", accent="#b3261e", ink="#141414", paper="#ffffff"),
    "boutique": Look(theme="boutique", accent="#7a4b2a", ink="#2b2420", paper="#faf6ef"),
}


class UnknownPlan(NotFound):
    slug = "unknown-plan"
    title = "There is no such plan"


class TotalChanged(Conflict):
    """`extra.total` is what it costs now."""

    slug = "total-changed"
    title = "The price is another one by now"


class TooMuchForPlan(Conflict):
    """`extra.excess`: what there is too much of, with what there is and what the plan allows."""

    slug = "too-much-for-plan"
    title = "The store has more than this plan allows"


class Cycle(msgspec.Struct, frozen=True):
    months: Months
    discount: Percent = 0


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """`price` is that of a month. Those that are not `public` are given by operators only."""

    code: str
    name: str
    sentence: str
    price: int
    currency: str
    cycles: list[Cycle]
    limits: Limits
    theme: str
    public: bool
    position: int

    def total(self, months: int) -> int:
        """Of one cycle. Raises Invalid where the plan has no such cycle."""
        for cycle in self.cycles:
            if cycle.months == months:
                return half_up(self.price * months * (100 - cycle.discount), 100)
        offered = ", ".join(str(cycle.months) for cycle in self.cycles)
        raise Invalid.field("months", f"must be one of {offered} for the plan {self.code}")

    def renewal_total(self, months: int) -> int:
        """A cycle that is no longer offered goes on without a discount."""
        offered = any(cycle.months == months for cycle in self.cycles)
        return self.total(months) if offered else self.price * months


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    products: int
    staff: int
    warehouses: int


def half_up(numerator: int, denominator: int) -> int:
    """Of numbers that are not negative."""
    return (2 * numerator + denominator) // (2 * denominator)


def days_left(start: datetime, end: datetime, at: datetime) -> tuple[int, int]:
    """Of a period: days left at a moment, a day begun being a whole one, and days altogether."""
    day = timedelta(days=1)
    whole = max(1, -(-(end - start) // day))
    return min(whole, max(0, -(-(end - at) // day))), whole


def upgrade_price(paid: int, total: int, start: datetime, end: datetime, at: datetime) -> int:
    """For the rest of the period; nothing where the new cycle costs no more than what was paid."""
    left, whole = days_left(start, end, at)
    return half_up(max(0, total - paid) * left, whole)


def months_later(at: datetime, months: int, day: int) -> datetime:
    """On the day of the month that periods began with, or the last there is."""
    years, month = divmod(at.month - 1 + months, 12)
    year, month = at.year + years, month + 1
    return at.replace(year=year, month=month, day=min(day, calendar.monthrange(year, month)[1]))


def stricter(one: Limits, other: Limits) -> Limits:
    """What both allow."""

    def least(name: str) -> int | None:
        given = [value for limits in (one, other) if (value := getattr(limits, name)) is not None]
        return min(given) if given else None

    return Limits(products=least("products"), staff=least("staff"), warehouses=least("warehouses"))


def check_total(seen: Money, amount: int, currency: str) -> None:
    """Raises TotalChanged where the client saw another price."""
    if (seen.amount, seen.currency) != (amount, currency):
        total = Money(amount, currency)
        raise TotalChanged("Look at the price again, and send it.", total=msgspec.to_builtins(total))


def check_fits(usage: Usage, plan: Plan) -> None:
    """Raises TooMuchForPlan."""
    excess = {
        name: {"there": there, "allowed": allowed}
        for name in ("products", "staff", "warehouses")
        if (allowed := getattr(plan.limits, name)) is not None and (there := getattr(usage, name)) > allowed
    }
    if excess:
        words = ", ".join(f"{of['there']} {name} and may have {of['allowed']}" for name, of in excess.items())
        raise TooMuchForPlan(f"It has {words}.", excess=excess)


def first_look(plan: Plan, name: str) -> Look:
    look = SAMPLE_LOOKS.get(plan.theme, SAMPLE_LOOKS["plain"])
    return msgspec.structs.replace(look, tagline=name, about=f"{name} has just opened.")


def on_plan(store: Store, plan: Plan, limits: Limits | None = None) -> Store:
    return msgspec.structs.replace(store, plan=plan.code, limits=plan.limits if limits is None else limits)
