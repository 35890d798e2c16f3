"""What the visitor was told in the application."""

from litestar import get, post
from litestar.di import NamedDependency

from tradehall.kernel.access import ANYONE
from tradehall.web.visit import Page, Visit


@get("/notifications", access=ANYONE, include_in_schema=False)
async def notifications(visit: NamedDependency[Visit]) -> Page:
    visit.need_login()
    cursor = visit.request.query_params.get("cursor", "")
    (found,) = await visit.framed(visit.api.get("/api/v1/me/notifications", limit=25, cursor=cursor))
    visit.unread = found["unread"]
    return await visit.page("account/notifications.html", found=found)


@post("/notifications/read", access=ANYONE, include_in_schema=False)
async def mark_read(visit: NamedDependency[Visit]) -> Page:
    await visit.form()
    visit.need_login()
    await visit.api.post("/api/v1/me/notifications/read")
    return visit.go("/notifications")


routes = [notifications, mark_read]
