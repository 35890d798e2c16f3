"""The back office's warehouses: where they are, which gives first, who works there."""

from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from tradehall.kernel.access import ANYONE
from tradehall.kernel.errors import NotFound
from tradehall.web.client import ApiProblem, Json
from tradehall.web.forms import number, refusal, text
from tradehall.web.visit import Page, Visit

PLACE = ("name", "line1", "line2", "city", "region", "zip", "country", "phone")
KEEP = ("warehouse_manager", "store_admin", "operator")


@get("/admin/warehouses", access=ANYONE, include_in_schema=False)
async def listed(visit: NamedDependency[Visit]) -> Page:
    return await show_list(visit)


async def show_list(visit: Visit, *, status: int = 200, wrong: str = "", typed: Json | None = None) -> Page:
    principal = visit.need_section("stock")
    return await visit.page(
        "admin/warehouses.html",
        status=status,
        wrong=wrong,
        typed=typed or {},
        keeps=principal.has(*KEEP),
        warehouses=await visit.api.get("/api/v1/warehouses"),
        section="stock",
        part="warehouses",
    )


@get("/admin/warehouses/{code:str}", access=ANYONE, include_in_schema=False)
async def warehouse(visit: NamedDependency[Visit], code: FromPath[str]) -> Page:
    visit.need_section("stock")
    return await show(visit, code)


async def show(visit: Visit, code: str, *, status: int = 200, wrong: str = "", typed: Json | None = None) -> Page:
    known = await visit.api.get("/api/v1/warehouses")
    found = next((warehouse for warehouse in known if warehouse["code"] == code), None)
    if found is None:
        raise NotFound("There is no such warehouse here.")
    staff = await visit.api.get(f"/api/v1/warehouses/{code}/staff")
    people = await visit.api.get("/api/v1/warehouse-staff")
    return await visit.page(
        "admin/warehouse.html",
        status=status,
        wrong=wrong,
        warehouse=found,
        typed=typed or {**found["address"], "title": found["name"], "priority": found["priority"]},
        people=people["items"],
        assigned={person["user_id"] for person in staff["items"]},
        section="stock",
        part="warehouses",
    )


@post("/admin/warehouses", access=ANYONE, include_in_schema=False)
async def create(visit: NamedDependency[Visit]) -> Page:
    form = await visit.form()
    visit.need_section("stock")
    typed = {name: text(form, name) for name in form}
    code = typed.get("code", "").lower()
    if not code.replace("-", "").isalnum() or not code.isascii():
        return await show_list(visit, status=422, wrong="The code must be letters, digits and dashes.", typed=typed)
    if any(warehouse["code"] == code for warehouse in await visit.api.get("/api/v1/warehouses")):
        return await show_list(visit, status=409, wrong="There is a warehouse with this code already.", typed=typed)
    try:
        await visit.api.put(f"/api/v1/warehouses/{code}", _body(form, typed))
    except ApiProblem as problem:
        return await show_list(visit, status=problem.status, wrong=refusal(problem), typed=typed)
    return visit.go(f"/admin/warehouses/{code}")


@post("/admin/warehouses/{code:str}/{action:str}", access=ANYONE, include_in_schema=False)
async def change(visit: NamedDependency[Visit], code: FromPath[str], action: FromPath[str]) -> Page:
    form = await visit.form()
    visit.need_section("stock")
    typed = {name: text(form, name) for name in form}
    path = f"/api/v1/warehouses/{code}"
    try:
        match action:
            case "save":
                await visit.api.put(path, _body(form, typed))
            case "deactivate" | "activate":
                await visit.api.post(f"{path}/{action}")
            case "staff":
                await visit.api.put(f"{path}/staff", {"user_ids": form.getall("user_id", [])})
            case _:
                raise NotFound()
    except ApiProblem as problem:
        kept = typed if action == "save" else None
        return await show(visit, code, status=problem.status, wrong=refusal(problem), typed=kept)
    return visit.go(f"/admin/warehouses/{code}")


def _body(form: Any, typed: Json) -> Json:
    """What the address leaves out is the warehouse's name, and the country of the store's maker."""
    address = {name: typed[name] for name in PLACE if typed.get(name)}
    name = typed.get("title", "")
    return {"name": name, "address": {"name": name, **address}, "priority": number(form, "priority") or 0}


routes = [listed, warehouse, create, change]
