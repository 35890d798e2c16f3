"""Plans, as whoever may sign up sees them, and as operators make them."""

from typing import Annotated, Literal

import msgspec
from litestar import get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, PathParameter
from msgspec import Meta

from tradehall.contracts.stores import Limits
from tradehall.contracts.values import Currency, Minor, Money
from tradehall.kernel.access import ANYONE, OPERATOR
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.errors import Invalid
from tradehall.kernel.ids import NO_STORE
from tradehall.services.stores.bills import Tax, asked
from tradehall.services.stores.plans import Cycle, Months, Percent, Plan, UnknownPlan
from tradehall.services.stores.queries import plans, terms

PathCode = Annotated[str, PathParameter(pattern=r"^[a-z][a-z0-9-]{0,40}$(?!\n)")]
Line = Annotated[str, Meta(max_length=200, pattern=r"^[^\x00-\x1f]*$(?!\n)", description="one line of text")]
Most = Annotated[int, Meta(ge=1, le=10**7)]


class CycleView(msgspec.Struct, frozen=True):
    """`total` is paid for `months` at once, `discount` percent off already, and has `tax` in it."""

    months: Months
    discount: Percent
    total: Money
    tax: Money


class PlanView(msgspec.Struct, frozen=True, kw_only=True):
    """`price` is that of a month, without any discount, and without tax where that is put on it. A limit of null: none."""

    code: str
    name: str
    sentence: str
    price: Money
    cycles: list[CycleView]
    limits: Limits
    theme: str
    public: bool
    position: int


class NewLimits(msgspec.Struct, frozen=True, kw_only=True):
    products: Most | None = None
    staff: Most | None = None
    warehouses: Most | None = None


class NewPlan(msgspec.Struct, frozen=True, kw_only=True):
    """`theme` is what a new store looks like at first."""

    name: Annotated[str, Meta(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f]+$(?!\n)")]
    sentence: Line = ""
    price: Minor
    currency: Currency = "USD"
    cycles: Annotated[list[Cycle], Meta(min_length=1, max_length=4)] = msgspec.field(default_factory=lambda: [Cycle(1)])
    limits: NewLimits = msgspec.field(default_factory=NewLimits)
    theme: Literal["plain", "mini", "boutique"] = "plain"
    public: bool = True
    position: Annotated[int, Meta(ge=0, le=1000)] = 0


def view_of(plan: Plan, tax: Tax) -> PlanView:
    return PlanView(
        code=plan.code,
        name=plan.name,
        sentence=plan.sentence,
        price=Money(plan.price, plan.currency),
        cycles=[_cycle(plan, cycle, tax) for cycle in plan.cycles],
        limits=plan.limits,
        theme=plan.theme,
        public=plan.public,
        position=plan.position,
    )


def _cycle(plan: Plan, cycle: Cycle, tax: Tax) -> CycleView:
    paid = asked(plan.total(cycle.months), tax)
    return CycleView(cycle.months, cycle.discount, Money(paid.amount, plan.currency), Money(paid.tax, plan.currency))


def plan_of(code: str, data: NewPlan) -> Plan:
    """Raises Invalid."""
    months = [cycle.months for cycle in data.cycles]
    if len(set(months)) < len(months):
        raise Invalid.field("cycles", "must name each number of months once")
    given = msgspec.structs.asdict(data)
    given["cycles"] = sorted(data.cycles, key=lambda cycle: cycle.months)
    given["limits"] = Limits(**msgspec.structs.asdict(data.limits))
    return Plan(code=code, **given)


async def known_plan(tx: Tx, code: str, *, public_only: bool = False) -> Plan:
    """Raises UnknownPlan."""
    plan = await plans.find(tx, code)
    if plan is None or (public_only and not plan.public):
        raise UnknownPlan(f"There is no plan {code}.")
    return plan


@get("/api/v1/platform/plans", access=ANYONE)
async def list_plans(principal: NamedDependency[Principal | None], db: NamedDependency[Database]) -> list[PlanView]:
    """Those that anybody may choose, in the order in which they are shown; for operators all there are."""
    operator = principal is not None and principal.has("operator")
    async with db.transaction(None) as tx:
        tax = (await terms.platform(tx)).tax
        return [view_of(plan, tax) for plan in await plans.listed(tx, public_only=not operator)]


@put("/api/v1/platform/plans/{code:str}", access=OPERATOR)
async def save_plan(code: FromPath[PathCode], data: JSONBody[NewPlan], db: NamedDependency[Database]) -> PlanView:
    """Makes or changes it. Stores that have it keep their limits until their subscription
    changes, and have paid for the period that runs."""
    plan = plan_of(code, data)
    async with db.transaction(None) as tx:
        await plans.save(tx, plan)
    async with db.transaction(NO_STORE) as tx:
        return view_of(plan, (await terms.platform(tx)).tax)


routes = [list_plans, save_plan]
