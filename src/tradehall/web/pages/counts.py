"""The back office's counts: a sheet per count, printed or filled in on a phone, booked at once."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from tradehall.kernel.access import ANYONE
from tradehall.kernel.errors import NotFound
from tradehall.web.client import ApiProblem
from tradehall.web.forms import number, refusal, text
from tradehall.web.visit import Page, Visit

LINES = 50  # on one page of a sheet
COUNTED = "counted-"  # and the variant's id: the name of a line's field


@get("/admin/counts", access=ANYONE, include_in_schema=False)
async def listed(visit: NamedDependency[Visit]) -> Page:
    return await show_list(visit)


async def show_list(visit: Visit, *, status: int = 200, wrong: str = "") -> Page:
    visit.need_section("stock")
    cursor = visit.request.query_params.get("cursor", "")
    return await visit.page(
        "admin/counts.html",
        status=status,
        wrong=wrong,
        found=await visit.api.get("/api/v1/counts", limit=25, cursor=cursor),
        warehouses=[w for w in await visit.api.get("/api/v1/warehouses") if w["active"]],
        section="stock",
        part="counts",
    )


@post("/admin/counts", access=ANYONE, include_in_schema=False)
async def start(visit: NamedDependency[Visit]) -> Page:
    form = await visit.form()
    visit.need_section("stock")
    try:
        sheet = await visit.api.post(
            "/api/v1/counts", {"warehouse": text(form, "warehouse"), "note": text(form, "note")}
        )
    except ApiProblem as problem:
        return await show_list(visit, status=problem.status, wrong=refusal(problem))
    return visit.go(f"/admin/counts/{sheet['id']}")


@get("/admin/counts/{count_id:uuid}", access=ANYONE, include_in_schema=False)
async def count(visit: NamedDependency[Visit], count_id: FromPath[UUID]) -> Page:
    visit.need_section("stock")
    return await show(visit, count_id)


async def show(
    visit: Visit, count_id: UUID, *, status: int = 200, wrong: str = "", typed: dict[str, str] | None = None
) -> Page:
    asked = visit.request.query_params
    differing, cursor = asked.get("differing") == "true", asked.get("cursor", "")
    sheet = await visit.api.get(f"/api/v1/counts/{count_id}")
    lines = await visit.api.get(
        f"/api/v1/counts/{count_id}/lines", limit=LINES, differing="true" if differing else "", cursor=cursor
    )
    return await visit.page(
        "admin/count.html",
        status=status,
        wrong=wrong,
        typed=typed or {},
        sheet=sheet,
        warehouses=await visit.api.get("/api/v1/warehouses"),
        lines=lines,
        differing=differing,
        cursor=cursor,
        prefix=COUNTED,
        section="stock",
        part="counts",
    )


@post("/admin/counts/{count_id:uuid}/{action:str}", access=ANYONE, include_in_schema=False)
async def change(visit: NamedDependency[Visit], count_id: FromPath[UUID], action: FromPath[str]) -> Page:
    form = await visit.form()
    visit.need_section("stock")
    typed = {name: text(form, name) for name in form}
    path = f"/api/v1/counts/{count_id}"
    try:
        match action:
            case "lines":
                lines = _lines(form, typed)
                if lines:
                    await visit.api.put(f"{path}/lines", {"lines": lines})
                after = typed.get("next") or typed.get("cursor", "")
                return visit.go(f"/admin/counts/{count_id}" + (f"?cursor={after}" if after else ""))
            case "book" | "drop":
                await visit.api.post(f"{path}/{action}")
            case _:
                raise NotFound()
    except ApiProblem as problem:
        return await show(visit, count_id, status=problem.status, wrong=refusal(problem), typed=typed)
    return visit.go(f"/admin/counts/{count_id}")


def _lines(form: Any, typed: dict[str, str]) -> list[dict[str, Any]]:
    """Of the fields that were filled in, those that say something else than they did: what was counted before stays as it
    was counted, at its time."""
    lines: list[dict[str, Any]] = [
        {"variant_id": name.removeprefix(COUNTED), "counted": number(form, name)}
        for name, value in typed.items()
        if name.startswith(COUNTED) and value and value != typed.get(f"before-{name}", "")
    ]
    if typed.get("sku"):
        lines.append({"sku": typed["sku"], "counted": number(form, "sku_counted")})
    return lines


routes = [listed, start, count, change]
