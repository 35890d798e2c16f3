"""The platform's own pages: plans, signing up, the way from the payment to the new store, the demo's mailbox."""

import secrets
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from tradehall.contracts.stores import Store
from tradehall.kernel.access import ANYONE
from tradehall.kernel.errors import NotFound
from tradehall.web.client import ApiProblem, Json
from tradehall.web.forms import Filled, digits, text
from tradehall.web.pages.mailbox import MAIL_POLICY
from tradehall.web.platform import PlatformVisit, blamed
from tradehall.web.render import store_css
from tradehall.web.static_files import FOREVER
from tradehall.web.visit import HTML, Page

CARD = "card-simulated"
NAMES = {
    "email": "email", "name": "name", "slug": "slug", "plan": "choice", "months": "choice", "total": "choice",
    "payment.token": "card", "payment.method": "method",
}  # fmt: skip
SENTENCES = {
    "email": "Enter an e-mail address, like name@example.com.",
    "name": "Enter the name of your store.",
    "slug": "Choose an address of 2 to 41 lower-case letters, digits and dashes that begins with a letter.",
    "choice": "Choose a plan.",
    "card": "Choose a card.",
    "method": "Choose a way to pay that takes the currency of the plan.",
}


@get("/start", access=ANYONE, include_in_schema=False)
async def start(visit: NamedDependency[PlatformVisit]) -> Page:
    terms = await visit.api.get("/api/v1/platform/terms")
    plans = await visit.api.get("/api/v1/platform/plans")
    return await visit.page("start/plans.html", plans=plans, tax=terms["tax"])


@get("/start/theme.css", access=ANYONE, include_in_schema=False, sync_to_thread=False)
def platform_css(request: Request[Any, Any, Any], store: NamedDependency[Store]) -> Response[str]:
    """Under a name that no store has: at a store's host /theme.css is that store's."""
    css, tag = store_css(store.look)
    caching = FOREVER if request.query_params.get("v") == tag else "no-cache"
    return Response(css, media_type="text/css; charset=utf-8", headers={"cache-control": caching, "etag": f'"{tag}"'})


@get("/start/signup", access=ANYONE, include_in_schema=False)
async def signup(
    visit: NamedDependency[PlatformVisit], plan: FromQuery[str] = "", months: FromQuery[str] = "1"
) -> Page:
    return await show_form(visit, Filled({"choice": f"{plan[:60]}.{months[:2]}"}))


async def show_form(visit: PlatformVisit, form: Filled, *, status: int = 200) -> Page:
    plans = await visit.api.get("/api/v1/platform/plans")
    form.values.setdefault("key", secrets.token_urlsafe(16))
    chosen = form["choice"] if form["choice"] in choices(plans) else next(iter(choices(plans)), "")
    host = f".{visit.running.settings.platform_domain}"
    terms = await visit.api.get("/api/v1/platform/terms")
    currencies = {total["currency"] for total in choices(plans).values()}
    return await visit.page(
        "start/signup.html", status=status, form=form, plans=plans, chosen=chosen, host=host,
        ways=ways_for(terms, currencies), tax=terms["tax"],
    )  # fmt: skip


def ways_for(terms: Json, currencies: set[str]) -> list[Json]:
    """To pay in one of these currencies."""
    return [way for way in terms["ways"] if not way["currencies"] or currencies.intersection(way["currencies"])]


def paid_by(form: FormMultiDict) -> Json:
    """As it was chosen. A card's token goes with the card alone."""
    method = text(form, "method") or CARD
    return {"method": method} | ({"token": text(form, "card")} if method == CARD else {})


def choices(plans: list[Json]) -> dict[str, Json]:
    """`plan.months` -> what it costs."""
    return {f"{plan['code']}.{cycle['months']}": cycle["total"] for plan in plans for cycle in plan["cycles"]}


@post("/start/signup", access=ANYONE, include_in_schema=False)
async def sign_up(visit: NamedDependency[PlatformVisit]) -> Page:
    """The price is the one that stood in the form the visitor saw; where it has changed they look again."""
    form = await visit.form()
    filled = Filled({name: text(form, name) for name in ("email", "name", "slug", "choice", "method", "card", "key")})
    plan, _, months = filled["choice"].partition(".")
    for name in ("email", "name", "slug", "choice"):
        if not filled[name]:
            filled.errors[name] = SENTENCES[name]
    if filled.wrong:
        return await show_form(visit, filled, status=422)
    body = {
        "email": filled["email"],
        "name": filled["name"],
        "slug": filled["slug"],
        "plan": plan,
        "months": int(months) if months.isdecimal() else 0,
        "payment": paid_by(form),
        "total": seen(form, filled["choice"]),
    }
    headers = {"idempotency-key": filled["key"] or secrets.token_urlsafe(16)}
    try:
        begun = await visit.api.post("/api/v1/platform/signups", body, headers=headers)
    except ApiProblem as problem:
        filled.values.pop("key", None)
        if problem.slug == "name-taken":
            filled.errors["slug"] = "This address is taken. Choose another one."
            return await show_form(visit, filled, status=409)
        return await show_form(visit, blamed(filled, problem, NAMES, SENTENCES), status=problem.status)
    return visit.go(place(begun["id"], begun["token"]))


def seen(form: FormMultiDict, choice: str) -> Json:
    """What stood beside the choice."""
    amount, _, currency = text(form, f"total.{choice}").partition(" ")
    return {"amount": int(amount) if amount.isdecimal() and len(amount) < 16 else -1, "currency": currency}


def place(signup_id: str, token: str) -> str:
    return f"/start/signup/{signup_id}?{urlencode({'token': token})}"


@get("/start/signup/{signup_id:uuid}", access=ANYONE, include_in_schema=False)
async def follow(
    visit: NamedDependency[PlatformVisit],
    signup_id: FromPath[UUID],
    token: FromQuery[str] = "",
    back: FromQuery[str] = "",
) -> Page:
    """`back` from the page where they paid: the provider is asked, and the page waits for its answer."""
    if back == "1":
        await visit.api.post(f"/api/v1/platform/signups/{signup_id}/back", token=token)
    return await show(visit, signup_id, token, Filled(), back=bool(back))


async def show(
    visit: PlatformVisit, signup_id: UUID, token: str, form: Filled, *, status: int = 200, back: bool = False
) -> Page:
    found = await visit.api.get(f"/api/v1/platform/signups/{signup_id}", token=token)
    terms = await visit.api.get("/api/v1/platform/terms")
    here = place(str(signup_id), token)
    return await visit.page(
        "start/follow.html",
        status=status,
        signup=found,
        token=token,
        form=form,
        demo=visit.running.settings.demo,
        ways=ways_for(terms, {found["total"]["currency"]}),
        asking=found["status"] == "charging" or (back and found["status"] == "waiting"),
        polling=f"{here}&back=2" if back else here,
        waiting_at=here,
    )


@post("/start/signup/{signup_id:uuid}/{action:str}", access=ANYONE, include_in_schema=False)
async def act(visit: NamedDependency[PlatformVisit], signup_id: FromPath[UUID], action: FromPath[str]) -> Page:
    """verify, resend or pay."""
    form = await visit.form()
    token = text(form, "token")
    filled = Filled({"code": digits(form, "code"), "card": text(form, "card"), "method": text(form, "method")})
    bodies: dict[str, Json] = {
        "verify": {"code": filled["code"]},
        "resend": {},
        "pay": {"payment": paid_by(form), "total": seen(form, "due")},
    }
    if action not in bodies:
        raise NotFound()
    if action == "verify" and not filled["code"]:
        filled.errors["code"] = "Enter the code of the mail: six digits."
        return await show(visit, signup_id, token, filled, status=422)
    try:
        await visit.api.post(f"/api/v1/platform/signups/{signup_id}/{action}", bodies[action], token=token)
    except ApiProblem as problem:
        names = {"code": "code", "payment.token": "card", "payment.method": "method"}
        sentences = {"code": "This code is wrong or no longer valid. Check it, or ask for a new one."}
        return await show(visit, signup_id, token, blamed(filled, problem, names, sentences), status=problem.status)
    return visit.go(place(str(signup_id), token))


@get("/start/mailbox", access=ANYONE, include_in_schema=False)
async def mailbox(visit: NamedDependency[PlatformVisit], cursor: FromQuery[str] = "") -> Page:
    """Of the demo: every mail the platform itself sent."""
    found = await visit.api.get("/api/v1/platform/mailbox", limit=30, cursor=cursor)
    return await visit.page("start/mailbox.html", found=found, cursor=cursor)


@get("/start/mailbox/{mail_id:uuid}", access=ANYONE, include_in_schema=False)
async def mail(visit: NamedDependency[PlatformVisit], mail_id: FromPath[UUID]) -> Page:
    return await visit.page("start/mail.html", mail=await visit.api.get(f"/api/v1/platform/mailbox/{mail_id}"))


@get("/start/mailbox/{mail_id:uuid}/html", access=ANYONE, include_in_schema=False)
async def mail_html(visit: NamedDependency[PlatformVisit], mail_id: FromPath[UUID]) -> Response[str]:
    found = await visit.api.get(f"/api/v1/platform/mailbox/{mail_id}")
    headers = {"content-security-policy": MAIL_POLICY, "x-frame-options": "SAMEORIGIN"}
    return Response(found["html"].replace("<head>", '<head><base target="_top">', 1), media_type=HTML, headers=headers)


routes = [start, platform_css, signup, sign_up, follow, act, mailbox, mail, mail_html]
