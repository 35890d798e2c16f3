"""Where the visitor is logged in, and ending that."""

from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from tradehall.kernel.access import ANYONE
from tradehall.web.client import ApiProblem
from tradehall.web.devices import device
from tradehall.web.visit import Page, Visit

HERE = "/account/sessions"
DONE = {
    "one": "That device is logged out.",
    "others": "All your other devices are logged out.",
}


@get(HERE, access=ANYONE, include_in_schema=False)
async def sessions(visit: NamedDependency[Visit]) -> Page:
    visit.need_login()
    asked = visit.request.query_params
    (found,) = await visit.framed(visit.api.get("/api/v1/me/sessions", limit=20, cursor=asked.get("cursor", "")))
    done = DONE.get(asked.get("done", ""), "")
    return await visit.page("account/sessions.html", found=found, device=device, done=done)


@post(f"{HERE}/{{session_id:uuid}}/end", access=ANYONE, include_in_schema=False)
async def end(visit: NamedDependency[Visit], session_id: FromPath[UUID]) -> Page:
    await visit.form()
    visit.need_login()
    try:
        await visit.api.delete(f"/api/v1/me/sessions/{session_id}")
    except ApiProblem as problem:
        if problem.status != 404:  # it is over already
            raise
    return visit.go(f"{HERE}?done=one")


@post(f"{HERE}/end-others", access=ANYONE, include_in_schema=False)
async def end_others(visit: NamedDependency[Visit]) -> Page:
    await visit.form()
    visit.need_login()
    await visit.api.delete("/api/v1/me/sessions")
    return visit.go(f"{HERE}?done=others")


routes = [sessions, end, end_others]
