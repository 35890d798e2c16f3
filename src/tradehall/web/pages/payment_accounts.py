"""The back office's accounts at payment providers, and whether their books agree with ours."""

from datetime import UTC, datetime, timedelta

from litestar import get, post
from litestar.di import NamedDependency

from tradehall.kernel.access import ANYONE
from tradehall.kernel.errors import Refusal
from tradehall.kernel.stores import base_url
from tradehall.web.client import ApiProblem, Json
from tradehall.web.forms import Filled, text
from tradehall.web.visit import Page, Visit, problem_text

HERE = "/admin/accounts"
API = "/api/v1/payments/accounts"
STRIPE = "stripe"
FIELDS = ("secret_key", "webhook_secret", "capture")
SENTENCES = {
    "secret_key": "Enter the secret key that Stripe shows under Developers, API keys: sk_… or rk_….",
    "webhook_secret": "Enter the signing secret that Stripe shows with the webhook endpoint: whsec_….",
}
UNKNOWN_KEY = "Stripe does not know this key. Copy it again, the whole of it."
DONE = {
    "saved": "Saved. Tick “Card or wallet” among the ways to pay, in Settings, if it is not yet.",
    "deleted": "The account is gone from here. At Stripe nothing has changed.",
}
SPANS = {"1": "the last 24 hours", "7": "the last 7 days", "30": "the last 30 days"}


@get(HERE, access=ANYONE, include_in_schema=False)
async def accounts(visit: NamedDependency[Visit]) -> Page:
    visit.need_section("accounts")
    return await show(visit, done=DONE.get(visit.request.query_params.get("done", ""), ""))


async def show(
    visit: Visit, filled: Filled | None = None, *, status: int = 200, done: str = "", wrong: str = ""
) -> Page:
    found: list[Json] = await visit.api.get(API)
    account = next((one for one in found if one["provider"] == STRIPE), None)
    span = visit.request.query_params.get("days", "")
    books = await compared(visit, span) if account and span in SPANS else None
    return await visit.page(
        "admin/accounts.html",
        status=status,
        account=account,
        form=filled or Filled({"capture": account["capture"] if account else "at_once"}),
        webhook_url=f"{base_url(visit.store, visit.running.settings.port)}/api/v1/payments/webhooks/{STRIPE}",
        offered=STRIPE in visit.store.payment_methods,
        done=done,
        wrong=wrong,
        books=books,
        spans=SPANS,
        span=span,
        section="accounts",
    )


async def compared(visit: Visit, span: str) -> Json:
    """With `wrong` where the provider's books could not be read."""
    until = datetime.now(UTC)
    since = until - timedelta(days=int(span))
    try:
        found: Json = await visit.api.get(
            f"{API}/{STRIPE}/reconciliation", since=since.isoformat(), until=until.isoformat()
        )
        return found
    except Refusal:
        return {"wrong": "Stripe's books could not be read. Try again in a minute."}


@post(HERE, access=ANYONE, include_in_schema=False)
async def save(visit: NamedDependency[Visit]) -> Page:
    form = await visit.form()
    visit.need_section("accounts")
    filled = Filled({name: text(form, name) for name in FIELDS})
    body = {"provider": STRIPE} | {name: filled[name] for name in FIELDS if filled[name]}
    try:
        await visit.api.put(API, body)
    except ApiProblem as problem:
        filled.blame(problem.errors, {name: name for name in FIELDS}, SENTENCES)
        if any("not known" in error.rule for error in problem.errors):
            filled.errors["secret_key"] = UNKNOWN_KEY
        if not problem.errors:
            filled.others.append(problem_text(problem))
        return await show(visit, filled, status=problem.status)
    return visit.go(f"{HERE}?done=saved")


@post(f"{HERE}/delete", access=ANYONE, include_in_schema=False)
async def delete(visit: NamedDependency[Visit]) -> Page:
    await visit.form()
    visit.need_section("accounts")
    try:
        await visit.api.delete(f"{API}/{STRIPE}")
    except ApiProblem as problem:
        return await show(visit, status=problem.status, wrong=problem_text(problem))
    return visit.go(f"{HERE}?done=deleted")


routes = [accounts, save, delete]
