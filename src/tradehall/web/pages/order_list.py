"""The back office's list of orders, and what it can be narrowed to."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from litestar import get
from litestar.di import NamedDependency

from tradehall.contracts.orders import LABELS
from tradehall.kernel.access import ANYONE
from tradehall.web.client import ApiProblem, Json
from tradehall.web.pages.orders import or_none
from tradehall.web.pages.shop import listed
from tradehall.web.visit import Page, Visit
from tradehall.web.words import METHODS, PAYMENTS, to_minor

FREE = ("q", "seller_id", "payment_method", "payment_status", "country")
TYPED = (*FREE, "since", "until", "total_from", "total_to", "only")
ONLY = {
    "waits_for_stock": "Those that wait for goods",
    "in_review": "Those with a receipt to check",
    "reduced": "Those that became less",
}
NOTHING: Json = {"items": [], "next": None}


@get("/admin/orders", access=ANYONE, include_in_schema=False)
async def order_list(visit: NamedDependency[Visit]) -> Page:
    visit.need_section("orders")
    given = visit.request.query_params
    asked = {name: given.get(name, "").strip()[:100] for name in TYPED}
    status = given.get("status", "") if given.get("status", "") in LABELS else ""
    filters, wrong = read(asked, visit.store.timezone, visit.store.currency)
    code, found = 200, NOTHING
    if not wrong:
        try:
            found = await visit.api.get(
                "/api/v1/orders", **filters, status=status, limit=30, cursor=given.get("cursor", "")
            )
        except ApiProblem as problem:
            if problem.status != 422:
                raise
            wrong = "Some of that cannot be looked for: " + " ".join(f"{e.field} {e.rule}." for e in problem.errors)
    if wrong:
        code = 422
    sellers = await or_none(visit.common("/api/v1/sellers")) if visit.need_login().is_staff else None
    return await visit.page(
        "admin/orders.html",
        status=code,
        found=found,
        chosen=status,
        asked=asked,
        narrowed=any(asked.values()),
        wrong=wrong,
        sellers={seller["id"]: seller["name"] for seller in listed(sellers)},
        methods={name: METHODS.get(name, (name,))[0] for name in visit.store.payment_methods},
        payments=PAYMENTS,
        only=ONLY,
        section="orders",
    )


def read(asked: dict[str, str], timezone: str, currency: str) -> tuple[dict[str, str], str]:
    """What the API is asked, and what cannot be. Days are the store's; the last one is included."""
    filters = {name: asked[name] for name in FREE if asked[name]}
    for name, after in (("since", 0), ("until", 1)):
        if asked[name]:
            try:
                day = date.fromisoformat(asked[name]) + timedelta(days=after)
                filters[name] = datetime.combine(day, time(), ZoneInfo(timezone)).isoformat()
            except (ValueError, OverflowError):
                return {}, f"{asked[name]} is no day. Write it like 2026-05-31."
    for name in ("total_from", "total_to"):
        if asked[name]:
            amount = to_minor(asked[name], currency)
            if amount is None:
                return {}, f"{asked[name]} is no amount. Write it like 12.50."
            filters[name] = str(amount)
    if asked["only"] in ONLY:
        filters[asked["only"]] = "true"
    return filters, ""


routes = [order_list]
