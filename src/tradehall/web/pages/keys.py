"""The back office's API keys: for programs that act on behalf of the staff."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from tradehall.kernel.access import ANYONE
from tradehall.web.client import ApiProblem
from tradehall.web.forms import Filled, text, ticked
from tradehall.web.pages.staff import names_of
from tradehall.web.visit import SECRET, Page, Visit, problem_text

HERE = "/admin/keys"
API = "/api/v1/api-keys"
# The services a key may be for, and what that means.
SCOPES = {
    "catalog": "Products, categories, pictures",
    "search": "Searching, synonyms, pinned and hidden products",
    "inventory": "Stock and warehouses",
    "orders": "Orders",
    "payments": "Payments",
    "shipping": "Shipping rates and parcels",
    "notifications": "Messages sent, and their words",
    "reviews": "Reviews, comments and replies",
    "analytics": "Sales figures, costs, clicks",
    "stores": "The store's settings",
}
LIVES = {"": "Until it is revoked", "30": "30 days", "90": "90 days", "365": "A year"}
SENTENCES = {
    "name": "Give it a name of up to 100 characters, such as the program that uses it.",
    "scopes": "Tick what the key may do: one box at least.",
}
DONE = {"revoked": "The key is revoked. It no longer works anywhere."}


@get(HERE, access=ANYONE, include_in_schema=False)
async def keys(visit: NamedDependency[Visit]) -> Page:
    visit.need_section("keys")
    return await show(visit, Filled(), done=DONE.get(visit.request.query_params.get("done", ""), ""))


async def show(visit: Visit, filled: Filled, *, status: int = 200, done: str = "", wrong: str = "") -> Page:
    cursor = visit.request.query_params.get("cursor", "")
    [found] = await visit.framed(visit.api.get(API, limit=50, cursor=cursor))
    names = await names_of(visit) if visit.is_admin else {}  # a seller has no staff, and sees the own keys alone
    return await visit.page(
        "admin/keys.html",
        status=status,
        found=found,
        names=names,
        me=str(visit.need_login().user_id),
        form=filled,
        scopes=SCOPES,
        lives=LIVES,
        done=done,
        wrong=wrong,
        section="keys",
    )


@post(HERE, access=ANYONE, include_in_schema=False)
async def make(visit: NamedDependency[Visit]) -> Page:
    """The only page that ever shows the key."""
    form = await visit.form()
    visit.need_section("keys")
    filled = Filled({"name": text(form, "name"), "scopes": ticked(form, "scopes"), "life": text(form, "life")})
    body: dict[str, Any] = {"name": filled["name"], "scopes": filled["scopes"].split()}
    if filled["life"] in LIVES and filled["life"]:
        body["expires_at"] = (datetime.now(UTC) + timedelta(days=int(filled["life"]))).isoformat()
    try:
        made = await visit.api.post(API, body)
    except ApiProblem as problem:
        names = {error.field: error.field.partition("[")[0] for error in problem.errors}
        filled.blame(problem.errors, names, SENTENCES)
        if not problem.errors:
            filled.others.append(f"{problem.title}. {problem_text(problem)}")
        return await show(visit, filled, status=problem.status)
    return await visit.page("admin/key_made.html", headers=SECRET, made=made, scopes=SCOPES, section="keys")


@post(f"{HERE}/{{key_id:uuid}}/revoke", access=ANYONE, include_in_schema=False)
async def revoke(visit: NamedDependency[Visit], key_id: FromPath[UUID]) -> Page:
    await visit.form()
    visit.need_section("keys")
    try:
        await visit.api.delete(f"{API}/{key_id}")
    except ApiProblem as problem:
        return await show(visit, Filled(), status=problem.status, wrong=problem_text(problem))
    return visit.go(f"{HERE}?done=revoked")


routes = [keys, make, revoke]
