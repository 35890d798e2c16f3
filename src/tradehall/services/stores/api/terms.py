"""How the platform is paid for its plans: ways, tax, what stands on its bills."""

from typing import Annotated

import msgspec
from litestar import get, put
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta

from tradehall.contracts.stores import TAKES, PlatformMethod
from tradehall.kernel.access import ANYONE, OPERATOR
from tradehall.kernel.db import Database
from tradehall.kernel.errors import Invalid
from tradehall.kernel.ids import NO_STORE
from tradehall.services.stores.bills import Tax, Terms
from tradehall.services.stores.queries import terms

Lines = Annotated[str, Meta(max_length=1000, pattern=r"^[^\x00-\x09\x0b-\x1f]*$(?!\n)")]
Name = Annotated[str, Meta(max_length=40, pattern=r"^[^\x00-\x1f]*$(?!\n)")]
Rate = Annotated[int, Meta(ge=0, le=10_000, description="hundredths of a percent, 100 percent at most")]


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """`currencies` empty: any."""

    method: PlatformMethod
    currencies: list[str]


class TermsView(msgspec.Struct, frozen=True, kw_only=True):
    ways: list[Way]
    issuer: str
    tax: Tax


class NewTax(msgspec.Struct, frozen=True, kw_only=True):
    """`included`: in the price of a plan, else put on it."""

    name: Name = ""
    rate: Rate = 0
    included: bool = True


class NewTerms(msgspec.Struct, frozen=True, kw_only=True):
    """`methods` in the order in which they are offered; `issuer` is the head of a bill: who bills, where they are, their tax
    number."""

    methods: Annotated[list[PlatformMethod], Meta(min_length=1, max_length=20)]
    issuer: Lines = ""
    tax: NewTax = NewTax()


@get("/api/v1/platform/terms", access=ANYONE)
async def show_terms(db: NamedDependency[Database]) -> TermsView:
    async with db.transaction(NO_STORE) as tx:
        return _view(await terms.platform(tx))


@put("/api/v1/platform/terms", access=OPERATOR)
async def save_terms(data: JSONBody[NewTerms], db: NamedDependency[Database]) -> TermsView:
    """For bills from now on. Stores that pay in a way that is no longer offered go on with it until they choose another."""
    if len(set(data.methods)) < len(data.methods):
        raise Invalid.field("methods", "must name each way once")
    if data.tax.rate and not data.tax.name:
        raise Invalid.field("tax.name", "is needed with a rate, as it stands on a bill")
    given = Terms(methods=data.methods, issuer=data.issuer, tax=Tax(**msgspec.structs.asdict(data.tax)))
    async with db.transaction(NO_STORE) as tx:
        await terms.save(tx, given)
    return _view(given)


def _view(found: Terms) -> TermsView:
    ways = [Way(method=method, currencies=sorted(TAKES.get(method, ()))) for method in found.methods]
    return TermsView(ways=ways, issuer=found.issuer, tax=found.tax)


routes = [show_terms, save_terms]
