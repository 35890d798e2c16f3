"""Labels for an order's parcels: bought from one of the store's carriers, and printed."""

from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from tradehall.kernel.access import ANYONE
from tradehall.kernel.errors import NotFound
from tradehall.web.client import ApiProblem, read
from tradehall.web.forms import refusal, text
from tradehall.web.pages.admin import show
from tradehall.web.visit import Page, Visit

ENDINGS = {"application/pdf": "pdf", "image/png": "png"}


@post("/admin/orders/{order_id:uuid}/label", access=ANYONE, include_in_schema=False)
async def buy(visit: NamedDependency[Visit], order_id: FromPath[UUID]) -> Page:
    form = await visit.form()
    visit.need_section("orders")
    account, _, service = text(form, "with").partition("|")
    try:
        parcel = UUID(text(form, "parcel_id"))
    except ValueError:
        raise NotFound() from None
    try:
        body = {"account": account} | ({"service": service} if service else {})
        await visit.api.post(f"/api/v1/shipments/{parcel}/label", body)
    except ApiProblem as problem:
        return await show(visit, order_id, status=problem.status, wrong=refusal(problem))
    return visit.go(f"/admin/orders/{order_id}")


@get("/admin/orders/{order_id:uuid}/label/{shipment_id:uuid}", access=ANYONE, include_in_schema=False)
async def label(
    visit: NamedDependency[Visit], order_id: FromPath[UUID], shipment_id: FromPath[UUID]
) -> Response[bytes]:
    """To be printed; the API decides for whom."""
    visit.need_section("orders")
    answer = await visit.api.send("GET", f"/api/v1/shipments/{shipment_id}/label")
    if answer.status_code != 200:
        read(answer)
        raise NotFound()
    media_type = answer.headers.get("content-type", "").split(";")[0]
    if media_type not in ENDINGS:
        raise NotFound("This file cannot be shown.")
    name = f"label-{order_id}.{ENDINGS[media_type]}"
    headers = {"cache-control": "private, no-store", "content-disposition": f'attachment; filename="{name}"'}
    return Response(answer.content, media_type=media_type, headers=headers)


routes = [buy, label]
