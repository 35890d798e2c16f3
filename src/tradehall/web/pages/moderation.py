"""The back office's reviews: what waits for approval or was reported, replies, and the store's rules."""

from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from tradehall.kernel.access import ANYONE
from tradehall.web.client import ApiProblem, Json
from tradehall.web.forms import Filled, number, refusal, text
from tradehall.web.render import address
from tradehall.web.visit import Page, Visit

HERE = "/admin/reviews"
RULES = "/api/v1/reviews/settings"
LOOKS = {"pending": "Waiting", "reported": "Reported", "hidden": "Hidden", "all": "All"}
APPROVAL = {"": "At once", "on": "Once we have approved them"}
DONE = {"saved": "Saved.", "published": "It is shown.", "hidden": "It is hidden, and counts no more."}
SENTENCES = {"invite_after_days": "A number of days, from 0 to 365."}


@get(HERE, access=ANYONE, include_in_schema=False)
async def listed(visit: NamedDependency[Visit]) -> Page:
    visit.need_section("reviews")
    return await show(visit, done=DONE.get(visit.request.query_params.get("done", ""), ""))


async def show(visit: Visit, *, status: int = 200, done: str = "", wrong: str = "", form: Filled | None = None) -> Page:
    """To a seller all there is of the own products; nothing of it is theirs to hide."""
    asked = visit.request.query_params
    principal = visit.need_login()
    moderates = principal.is_admin or principal.has("support")
    look = asked.get("look", "pending") if moderates else "all"
    look = look if look in LOOKS else "pending"
    cursor = asked.get("cursor", "")
    if look == "all":
        found = await visit.api.get("/api/v1/manage/reviews", limit=20, cursor=cursor)
    else:
        found = await visit.api.get("/api/v1/moderation", look=look, limit=20, cursor=cursor)
    if visit.is_admin and form is None:
        form = filled_from(await visit.api.get(RULES))
    return await visit.page(
        "admin/reviews.html",
        status=status,
        found=found,
        which=look,
        looks=LOOKS if moderates else {},
        moderates=moderates,
        replies=principal.is_admin or principal.seller_id is not None,
        form=form,
        approval=APPROVAL,
        done=done,
        wrong=wrong,
        section="reviews",
    )


def filled_from(rules: Json) -> Filled:
    return Filled({"approval": "on" if rules["approval"] else "", "invite_after_days": str(rules["invite_after_days"])})


@post(f"{HERE}/settings", access=ANYONE, include_in_schema=False)
async def save_rules(visit: NamedDependency[Visit]) -> Page:
    form = await visit.form()
    visit.need_admin()
    approval = text(form, "approval") == "on"
    try:
        await visit.api.put(RULES, {"approval": approval, "invite_after_days": number(form, "invite_after_days")})
    except ApiProblem as problem:
        filled = Filled({name: text(form, name) for name in ("approval", "invite_after_days")})
        filled.blame(problem.errors, {"invite_after_days": "invite_after_days"}, SENTENCES)
        return await show(visit, status=problem.status, form=filled)
    return visit.go(f"{HERE}?done=saved")


@post(f"{HERE}/review/{{id:uuid}}/status", access=ANYONE, include_in_schema=False)
async def decide_review(visit: NamedDependency[Visit], id: FromPath[UUID]) -> Page:
    return await _decide(visit, f"/api/v1/reviews/{id}/status")


@post(f"{HERE}/comment/{{id:uuid}}/status", access=ANYONE, include_in_schema=False)
async def decide_comment(visit: NamedDependency[Visit], id: FromPath[UUID]) -> Page:
    return await _decide(visit, f"/api/v1/comments/{id}/status")


async def _decide(visit: Visit, path: str) -> Page:
    form = await visit.form()
    visit.need_section("reviews")
    decision = {"status": text(form, "do"), "reason": text(form, "reason", longest=500)}
    return await _act(visit, path, decision, text(form, "look"), decision["status"])


@post(f"{HERE}/review/{{id:uuid}}/reply", access=ANYONE, include_in_schema=False)
async def reply(visit: NamedDependency[Visit], id: FromPath[UUID]) -> Page:
    form = await visit.form()
    visit.need_section("reviews")
    words: Json | None = None if text(form, "do") == "remove" else {"text": text(form, "text")}
    return await _act(visit, f"/api/v1/reviews/{id}/reply", words, "all", "saved")


async def _act(visit: Visit, path: str, body: Json | None, look: str, done: str) -> Page:
    try:
        if body is None:
            await visit.api.delete(path)
        else:
            await visit.api.put(path, body)
    except ApiProblem as problem:
        return await show(visit, status=problem.status, wrong=refusal(problem))
    return visit.go(address(HERE, look=look if look in LOOKS else "", done=done))


routes = [listed, save_rules, decide_review, decide_comment, reply]
