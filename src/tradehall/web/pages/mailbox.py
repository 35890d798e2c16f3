"""The demo's mailbox: every mail the store sent, as its reader gets it."""

from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from tradehall.kernel.access import ANYONE
from tradehall.web.visit import HTML, Page, Visit

# A mail brings its own styles, and nothing else may happen in it.
MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; sandbox allow-top-navigation-by-user-activation; frame-ancestors 'self'"


@get("/mailbox", access=ANYONE, include_in_schema=False)
async def mailbox(visit: NamedDependency[Visit]) -> Page:
    cursor = visit.request.query_params.get("cursor", "")
    (found,) = await visit.framed(visit.api.get("/api/v1/mailbox", limit=30, cursor=cursor))
    return await visit.page("mailbox.html", found=found)


@get("/mailbox/{mail_id:uuid}", access=ANYONE, include_in_schema=False)
async def mail(visit: NamedDependency[Visit], mail_id: FromPath[UUID]) -> Page:
    (found,) = await visit.framed(visit.api.get(f"/api/v1/mailbox/{mail_id}"))
    return await visit.page("mail.html", mail=found)


@get("/mailbox/{mail_id:uuid}/html", access=ANYONE, include_in_schema=False)
async def mail_html(visit: NamedDependency[Visit], mail_id: FromPath[UUID]) -> Response[str]:
    found = await visit.api.get(f"/api/v1/mailbox/{mail_id}")
    headers = {"content-security-policy": MAIL_POLICY, "x-frame-options": "SAMEORIGIN"}
    html = found["html"].replace("<head>", '<head><base target="_top">', 1)
    return Response(html, media_type=HTML, headers=headers)


routes = [mailbox, mail, mail_html]
