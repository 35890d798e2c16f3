"""How stores pay the platform, as its operators set it: ways, tax, accounts, bills."""

from urllib.parse import quote
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from tradehall.kernel.access import ANYONE
from tradehall.kernel.errors import NotFound
from tradehall.web.client import ApiProblem, Json
from tradehall.web.forms import Filled, text, ticked
from tradehall.web.pages import bank_account, payment_accounts
from tradehall.web.pages.payment_accounts import PROVIDERS, Place, said
from tradehall.web.pages.payment_terms import hundredths
from tradehall.web.pages.store_plan import BILLS, KINDS, printed
from tradehall.web.platform import PlatformVisit, blamed
from tradehall.web.visit import Page, problem_text
from tradehall.web.words import PLATFORM_METHODS

HERE = "/operator/payments"
PLATFORM = Place(
    here=HERE,
    back=(HERE, "Payments"),
    api="/api/v1/platform/payments",
    layout="operator/base.html",
    section="payments",
    unoffered="Stores cannot choose it yet: tick {} among the ways to pay.",
    shop=False,
)
OURS = {code: one for code, one in PROVIDERS.items() if set(one.methods) & set(PLATFORM_METHODS)}
PAYMENTS = {
    "charging": ("Under way", "warn"),
    "action": ("Waits for the payer", "warn"),
    "paid": ("Paid", "good"),
    "declined": ("Declined", "bad"),
    "void": ("Given up", "plain"),
    "refunding": ("Going back", "warn"),
    "refunded": ("Went back", "plain"),
}
SHOWN = {"": "All", "action": "To be paid", "owed": "To be sent back", "paid": "Paid"}
SENTENCES = {
    "methods": "Tick one way to pay at least.",
    "tax_rate": "Enter a percentage like 19 or 7.7, 100 at most.",
    "tax_name": "Enter what the tax is called on a bill, like VAT.",
    "issuer": "At most 1,000 characters.",
}


@get(HERE, access=ANYONE, include_in_schema=False)
async def payments(visit: NamedDependency[PlatformVisit]) -> Page:
    visit.need_operator()
    terms: Json = await visit.api.get("/api/v1/platform/terms")
    tax = terms["tax"]
    rate = f"{tax['rate'] / 100:g}" if tax["rate"] else ""
    form = Filled(
        {
            "methods": " ".join(way["method"] for way in terms["ways"]),
            "issuer": terms["issuer"],
            "tax_name": tax["name"],
            "tax_rate": rate,
            "tax_included": "yes" if tax["included"] else "no",
        }
    )
    return await show(visit, form, done="Saved." if visit.request.query_params.get("saved") else "")


async def show(visit: PlatformVisit, form: Filled, *, status: int = 200, done: str = "") -> Page:
    found: list[Json] = await visit.api.get(PLATFORM.accounts)
    return await visit.page(
        "operator/payments.html",
        status=status,
        form=form,
        done=done,
        providers=OURS,
        open={one["provider"] for one in found},
        section="payments",
    )


@post(HERE, access=ANYONE, include_in_schema=False)
async def save(visit: NamedDependency[PlatformVisit]) -> Page:
    form = await visit.form()
    visit.need_operator()
    filled = Filled({name: text(form, name) for name in ("issuer", "tax_name", "tax_rate", "tax_included")})
    filled.values["methods"] = ticked(form, "methods")
    rate = hundredths(filled["tax_rate"]) if filled["tax_rate"] else 0
    body = {
        "methods": filled["methods"].split(),
        "issuer": filled["issuer"].replace("\r", ""),
        "tax": {
            "name": filled["tax_name"],
            "rate": rate,
            "included": filled["tax_included"] != "no",
        },
    }
    try:
        await visit.api.put("/api/v1/platform/terms", body)
    except ApiProblem as problem:
        places = {"methods": "methods", "issuer": "issuer", "tax.name": "tax_name", "tax.rate": "tax_rate"}
        return await show(visit, blamed(filled, problem, places, SENTENCES), status=problem.status)
    return visit.go(f"{HERE}?saved=1")


async def offered(visit: PlatformVisit) -> set[str]:
    terms = await visit.api.get("/api/v1/platform/terms")
    return {way["method"] for way in terms["ways"]}


@get(f"{HERE}/bank", access=ANYONE, include_in_schema=False)
async def bank(visit: NamedDependency[PlatformVisit]) -> Page:
    visit.need_operator()
    done = "Saved." if visit.request.query_params.get("saved") else ""
    return await bank_account.show(visit, PLATFORM, "bank-slip" in await offered(visit), done=done)


@post(f"{HERE}/bank", access=ANYONE, include_in_schema=False)
async def save_bank(visit: NamedDependency[PlatformVisit]) -> Page:
    form = await visit.form()
    visit.need_operator()
    return await bank_account.keep(visit, PLATFORM, "bank-slip" in await offered(visit), form)


@post(f"{HERE}/bank/statement", access=ANYONE, include_in_schema=False)
async def statement(visit: NamedDependency[PlatformVisit]) -> Page:
    form = await visit.form()
    visit.need_operator()
    return await bank_account.take_in(visit, PLATFORM, "bank-slip" in await offered(visit), form)


def _ours(code: str) -> str:
    """Raises NotFound."""
    if code not in OURS:
        raise NotFound()
    return code


@get(HERE + "/{provider:str}", access=ANYONE, include_in_schema=False)
async def account(provider: FromPath[str], visit: NamedDependency[PlatformVisit]) -> Page:
    visit.need_operator()
    done = said(_ours(provider), visit.request.query_params.get("done", ""))
    return await payment_accounts.show(visit, PLATFORM, provider, await offered(visit), done=done)


@post(HERE + "/{provider:str}", access=ANYONE, include_in_schema=False)
async def save_account(provider: FromPath[str], visit: NamedDependency[PlatformVisit]) -> Page:
    form = await visit.form()
    visit.need_operator()
    return await payment_accounts.keep(visit, PLATFORM, _ours(provider), await offered(visit), form)


@post(HERE + "/{provider:str}/delete", access=ANYONE, include_in_schema=False)
async def delete_account(provider: FromPath[str], visit: NamedDependency[PlatformVisit]) -> Page:
    await visit.form()
    visit.need_operator()
    return await payment_accounts.take_out(visit, PLATFORM, _ours(provider), await offered(visit))


@get("/operator/bills", access=ANYONE, include_in_schema=False)
async def bills(visit: NamedDependency[PlatformVisit]) -> Page:
    visit.need_operator()
    return await show_bills(visit)


async def show_bills(visit: PlatformVisit, *, code: int = 200, wrong: str = "") -> Page:
    asked = visit.request.query_params
    status = asked.get("status", "") if asked.get("status", "") in SHOWN else ""
    cursor = asked.get("cursor", "")
    found = await visit.api.get(PLATFORM.api, status=status, limit=50, cursor=cursor)
    return await visit.page(
        "operator/bills.html",
        status=code,
        found=found,
        shown=status,
        cursor=cursor,
        states=PAYMENTS,
        filters=SHOWN,
        wrong=wrong,
        section="bills",
    )


@post("/operator/bills/{payment_id:uuid}/{action:str}", access=ANYONE, include_in_schema=False)
async def act(visit: NamedDependency[PlatformVisit], payment_id: FromPath[UUID], action: FromPath[str]) -> Page:
    """received or refunded."""
    await visit.form()
    visit.need_operator()
    if action not in ("received", "refunded"):
        raise NotFound()
    try:
        await visit.api.post(f"{PLATFORM.api}/{payment_id}/{action}", {})
    except ApiProblem as problem:
        return await show_bills(visit, code=problem.status, wrong=problem_text(problem))
    return visit.go("/operator/bills")


@get("/operator/stores/{slug:str}", access=ANYONE, include_in_schema=False)
async def store(visit: NamedDependency[PlatformVisit], slug: FromPath[str]) -> Page:
    visit.need_operator()
    return await show_store(visit, slug)


async def show_store(visit: PlatformVisit, slug: str, form: Filled | None = None, *, status: int = 200) -> Page:
    path, cursor = f"/api/v1/stores/{quote(slug, safe='')}", visit.request.query_params.get("cursor", "")
    found: Json = await visit.api.get(path)
    plans = await visit.api.get("/api/v1/platform/plans")
    return await visit.page(
        "operator/store.html",
        status=status,
        found=found,
        bills=await visit.api.get(f"{path}/invoices", limit=20, cursor=cursor),
        cursor=cursor,
        names={plan["code"]: plan["name"] for plan in plans},
        bill_states=BILLS,
        kinds=KINDS,
        form=form or Filled({"give_back": "on"}),
        section="stores",
    )


@post("/operator/stores/{slug:str}/end", access=ANYONE, include_in_schema=False)
async def end(visit: NamedDependency[PlatformVisit], slug: FromPath[str]) -> Page:
    form = await visit.form()
    visit.need_operator()
    filled = Filled({name: text(form, name) for name in ("reason", "give_back")})
    body = {"reason": filled["reason"], "give_back": filled["give_back"] == "on"}
    try:
        await visit.api.post(f"/api/v1/stores/{quote(slug, safe='')}/subscription/end", body)
    except ApiProblem as problem:
        sentences = {"reason": "Say why, in 200 characters at most."}
        return await show_store(
            visit, slug, blamed(filled, problem, {"reason": "reason"}, sentences), status=problem.status
        )
    return visit.go(f"/operator/stores/{slug}")


@get("/operator/stores/{slug:str}/bills/{invoice_id:uuid}/pdf", access=ANYONE, include_in_schema=False)
async def bill_pdf(
    visit: NamedDependency[PlatformVisit], slug: FromPath[str], invoice_id: FromPath[UUID]
) -> Response[bytes]:
    visit.need_operator()
    return await printed(visit, f"/api/v1/stores/{quote(slug, safe='')}/invoices/{invoice_id}/pdf")


routes = [
    payments, save, bank, save_bank, statement, account, save_account, delete_account, bills, act, store, end, bill_pdf,
]  # fmt: skip
