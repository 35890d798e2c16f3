"""Bills: what is asked for, with tax; how and until when it can be paid; what of it goes back."""

from datetime import datetime, timedelta

import msgspec

from tradehall.contracts.stores import TAKES, WAITING, PlatformMethod
from tradehall.kernel.errors import Invalid
from tradehall.services.stores.plans import days_left, half_up

BILLED_BEFORE = timedelta(days=7)  # the period's end, where no card is charged by itself
PAGE_FOR = timedelta(hours=12)  # a page of a provider's can be paid on; Stripe keeps one for a day at most
SLIP_FOR = timedelta(days=7)
LATE = timedelta(hours=1)  # until we have heard of what was paid on a page


class Tax(msgspec.Struct, frozen=True, kw_only=True):
    """`rate` in hundredths of a percent. `included`: in the price of a plan; else it is put on it."""

    name: str = ""
    rate: int = 0
    included: bool = True


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """How the platform is paid, and what stands on its bills: `issuer` is who bills, and where they are."""

    methods: list[PlatformMethod]
    issuer: str = ""
    tax: Tax = Tax()

    def check(self, method: PlatformMethod, currency: str) -> None:
        """Raises Invalid."""
        if method not in (offered := self.offered(currency)):
            raise Invalid.field("payment.method", f"must be one of {', '.join(offered)}")

    def offered(self, currency: str) -> list[PlatformMethod]:
        return [method for method in self.methods if currency in TAKES.get(method, {currency})]


AS_IT_WAS = Terms(methods=["card-simulated"])


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """In minor units: `amount` is what is paid, `net` and `tax` what it is made of."""

    net: int
    tax: int
    amount: int


def asked(price: int, tax: Tax) -> Asked:
    """For a plan's price; half a minor unit of tax is rounded up."""
    if tax.included:
        part = half_up(price * tax.rate, 10_000 + tax.rate)
        return Asked(net=price - part, tax=part, amount=price)
    part = half_up(price * tax.rate, 10_000)
    return Asked(net=price, tax=part, amount=price + part)


def price_of(amount: int, tax_part: int, *, included: bool) -> int:
    """The plan's price again."""
    return amount if included else amount - tax_part


def payable_until(method: PlatformMethod, at: datetime) -> datetime:
    return at + (SLIP_FOR if method in WAITING else PAGE_FOR)


def heard_until(method: PlatformMethod, until: datetime) -> datetime:
    """What was paid in time is told of by then."""
    waiting = WAITING.get(method)
    return until + (timedelta(seconds=waiting.clearing) if waiting else LATE)


def rest(amount: int, start: datetime, end: datetime, since: datetime, at: datetime) -> int:
    """Of what was paid `since` for a period: for the days that are left, one begun being used up, rounded down."""
    day = timedelta(days=1)
    sold = days_left(start, end, max(since, start))[0]
    left = max(0, min(sold, (end - at) // day))
    return amount * left // sold if sold else 0
