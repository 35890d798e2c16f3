"""The sales report as a table, a chart and files, and what goods cost."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
from litestar import get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from tradehall.kernel.access import ANYONE
from tradehall.kernel.errors import NotFound
from tradehall.web.client import ApiProblem, Json
from tradehall.web.forms import refusal, text
from tradehall.web.render import address
from tradehall.web.visit import Page, Visit
from tradehall.web.words import to_minor

HERE = "/admin/reports/sales"
COSTS = "/admin/costs"
DIMENSIONS = {
    "day": "Day",
    "week": "Week",
    "month": "Month",
    "product": "Product",
    "variant": "Article",
    "seller": "Seller",
    "warehouse": "Warehouse",
    "area": "Area",
    "type": "Type",
}
FILTERS = ("since", "until", "seller", "warehouse", "type", "country", "region", "zip", "product")
FILES = {"csv": "text/csv; charset=utf-8", "xlsx": "application/octet-stream", "pdf": "application/pdf"}
DONE = {"saved": "Saved. Sales from that day on are noted with it.", "taken": "The costs are taken over."}


@get(HERE, access=ANYONE, include_in_schema=False)
async def report(visit: NamedDependency[Visit]) -> Page:
    visit.need_section("reports/sales")
    asked = _asked(visit)
    status, wrong = 200, ""
    params = visit.request.query_params
    try:
        found = await visit.api.get("/api/v1/sales/report", limit=50, cursor=params.get("cursor", ""), **asked)
    except ApiProblem as problem:
        status, wrong = problem.status, refusal(problem)
        asked = {"by": asked["by"]}
        found = await visit.api.get("/api/v1/sales/report", limit=50, **asked)
    return await visit.page(
        "admin/sales_report.html",
        status=status,
        wrong=wrong,
        found=found,
        asked={"since": found["since"], "until": found["until"], **{name: asked.get(name, "") for name in FILTERS[2:]}},
        by=found["by"],
        dimensions=_dimensions(visit),
        choices=await visit.api.get("/api/v1/sales/report/choices"),
        bars=_bars(found),
        told=name_of,
        query=address("", **asked),
        files=FILES,
        section="reports/sales",
    )


def _dimensions(visit: Visit) -> dict[str, str]:
    """A seller has one seller."""
    return {name: words for name, words in DIMENSIONS.items() if visit.is_admin or name != "seller"}


def _asked(visit: Visit) -> dict[str, Any]:
    """What the form says; a second thing to report by is asked for beside the first."""
    params = visit.request.query_params
    by = list(dict.fromkeys(name for name in params.getall("by", []) if name in DIMENSIONS)) or ["day"]
    return {"by": by[:3]} | {name: params.get(name, "").strip()[:200] for name in FILTERS}


def name_of(by: str, key: Json) -> str:
    """What a row is called by."""
    nothing = {"seller": "Shipping", "warehouse": "No warehouse yet", "type": "No type"}
    name = str(key["name"] or nothing.get(by, ""))
    if by == "area":
        return " ".join(part for part in (key["id"], name) if part)
    return name[:7] if by == "month" else name


def _bars(found: Json) -> list[Json]:
    """Of the page's rows, each with its share of the largest in percent."""
    rows = found["items"][:40]
    largest = max((abs(row["revenue"]) for row in rows), default=0)
    return [
        {
            "name": ", ".join(name_of(by, key) for by, key in zip(found["by"], row["keys"], strict=True)),
            "revenue": row["revenue"],
            "share": round(100 * max(0, row["revenue"]) / largest, 2) if largest else 0,
        }
        for row in rows
    ]


@get(f"{HERE}/file", access=ANYONE, include_in_schema=False)
async def report_file(visit: NamedDependency[Visit]) -> Stream:
    visit.need_section("reports/sales")
    format = visit.request.query_params.get("format", "csv")
    if format not in FILES:
        raise NotFound()
    answer = await visit.api.stream("/api/v1/sales/report/file", {"format": format, **_asked(visit)})
    headers = {"content-disposition": answer.headers["content-disposition"], "cache-control": "no-store"}
    return Stream(_read(answer), media_type=FILES[format], headers=headers)


async def _read(answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for chunk in answer.aiter_bytes():
            yield chunk
    finally:
        await answer.aclose()


@get(COSTS, access=ANYONE, include_in_schema=False)
async def costs(visit: NamedDependency[Visit]) -> Page:
    visit.need_section("costs")
    return await show_costs(visit, done=DONE.get(visit.request.query_params.get("done", ""), ""))


async def show_costs(visit: Visit, *, status: int = 200, done: str = "", wrong: str = "") -> Page:
    params = visit.request.query_params
    q = params.get("q", "").strip()[:200]
    found = await visit.api.get("/api/v1/costs", q=q, limit=50, cursor=params.get("cursor", ""))
    return await visit.page(
        "admin/costs.html", status=status, done=done, wrong=wrong, found=found, q=q, section="costs"
    )


@post(f"{COSTS}/{{variant_id:uuid}}", access=ANYONE, include_in_schema=False)
async def set_cost(visit: NamedDependency[Visit], variant_id: FromPath[UUID]) -> Page:
    form = await visit.form()
    visit.need_section("costs")
    unit = to_minor(text(form, "unit"), visit.store.currency)
    if unit is None:
        return await show_costs(visit, status=422, wrong="A cost is an amount such as 12.50.")
    body: Json = {"unit": unit} | ({"valid_from": text(form, "valid_from")} if text(form, "valid_from") else {})
    try:
        await visit.api.put(f"/api/v1/costs/{variant_id}", body)
    except ApiProblem as problem:
        return await show_costs(visit, status=problem.status, wrong=refusal(problem))
    return visit.go(address(COSTS, q=text(form, "q", longest=200), done="saved"))


@post(f"{COSTS}/import", access=ANYONE, include_in_schema=False)
async def import_costs(visit: NamedDependency[Visit]) -> Page:
    form = await visit.form()
    visit.need_section("costs")
    file = form.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        return await show_costs(visit, status=422, wrong="Choose a file.")
    try:
        content = await file.read()
        await visit.api.upload("/api/v1/costs/import", {"file": (file.filename, content, "text/csv")})
    except ApiProblem as problem:
        return await show_costs(visit, status=problem.status, wrong=refusal(problem))
    return visit.go(address(COSTS, done="taken"))


routes = [report, report_file, costs, set_cost, import_costs]
