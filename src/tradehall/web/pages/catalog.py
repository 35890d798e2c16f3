"""The back office's catalogue around the products: the category tree with its attributes, brands."""

from typing import Any
from urllib.parse import quote

from litestar import get, post
from litestar.datastructures import FormMultiDict, UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath

from tradehall.kernel.access import ANYONE
from tradehall.web import picker
from tradehall.web.client import ApiProblem, Json
from tradehall.web.forms import refusal, text, ticked
from tradehall.web.visit import Page, Visit

LOGO_LIMIT = 12 * 1024 * 1024  # bytes, as the API
KINDS = {"text": "Text", "number": "Number", "boolean": "Yes or no", "choice": "One of some"}


# --- categories


@get(["/admin/categories", "/admin/categories/{slug:str}"], access=ANYONE, include_in_schema=False)
async def category(visit: NamedDependency[Visit], slug: FromPath[str] = "") -> Page:
    visit.need_admin()
    try:
        return await show_category(visit, slug)
    except ApiProblem as problem:
        if problem.status == 301:
            return visit.moved(f"/admin/categories/{problem.extra['slug']}")
        raise


async def show_category(
    visit: Visit, slug: str, *, code: int = 200, wrong: str = "", typed: Json | None = None
) -> Page:
    """The top of the tree where there is no slug."""
    if slug:
        found = await visit.api.get(_of_category(slug))
        children = found["children"]
    else:
        found, children = None, await visit.api.get("/api/v1/categories", levels=1)
    own = await visit.api.get("/api/v1/attributes", category=slug, limit=100) if slug else {"items": []}
    typed = typed or {}
    parent = typed.get("parent", found["parent"]) if found else None
    return await visit.page(
        "admin/categories.html",
        status=code,
        category=found,
        children=children,
        own={attribute["code"] for attribute in own["items"]},
        kinds=KINDS,
        wrong=wrong,
        typed=typed,
        picked=await picker.categories(visit, [parent or ""], typed.get("parent_q", "")) if found else None,
        section="categories",
    )


@post(["/admin/categories", "/admin/categories/{slug:str}"], access=ANYONE, include_in_schema=False)
async def save_category(visit: NamedDependency[Visit], slug: FromPath[str] = "") -> Page:
    """Changes a category; without a slug makes one, below the `parent` of the form."""
    form = await visit.form()
    visit.need_admin()
    parent = text(form, "parent")
    body: Json = {"name": text(form, "name"), "description": text(form, "description"), "parent": parent or None}
    if text(form, "slug"):
        body["slug"] = text(form, "slug")
    if text(form, "position").isdecimal():
        body["position"] = int(text(form, "position"))
    if finds(form, "parent_q"):
        return await show_category(visit, slug, typed=body | {"parent_q": text(form, "parent_q")})
    try:
        if slug:
            saved = await visit.api.patch(_of_category(slug), body)
            return visit.go(f"/admin/categories/{saved['slug']}")
        await visit.api.post("/api/v1/categories", body)
    except ApiProblem as problem:
        typed = body if slug else {"new": body}
        return await show_category(visit, slug or parent, code=problem.status, wrong=refusal(problem), typed=typed)
    return visit.go(f"/admin/categories/{parent}" if parent else "/admin/categories")


def finds(form: FormMultiDict, field: str) -> bool:
    """A category is to be found, by the button or the Enter key."""
    return text(form, "do") == "find" or (text(form, "do") == "enter" and bool(text(form, field)))


@post("/admin/categories/{slug:str}/delete", access=ANYONE, include_in_schema=False)
async def delete_category(visit: NamedDependency[Visit], slug: FromPath[str]) -> Page:
    form = await visit.form()
    visit.need_admin()
    try:
        await visit.api.delete(_of_category(slug))
    except ApiProblem as problem:
        return await show_category(visit, slug, code=problem.status, wrong=refusal(problem))
    parent = text(form, "parent")
    return visit.go(f"/admin/categories/{parent}" if parent else "/admin/categories")


def _of_category(slug: str) -> str:
    return f"/api/v1/categories/{quote(slug, safe='')}"


# --- attributes


@post("/admin/attributes", access=ANYONE, include_in_schema=False)
async def add_attribute(visit: NamedDependency[Visit]) -> Page:
    form = await visit.form()
    visit.need_admin()
    slug = text(form, "category")
    body = attribute_of(form) | {"code": text(form, "code"), "categories": [slug]}
    try:
        await visit.api.post("/api/v1/attributes", body)
    except ApiProblem as problem:
        return await show_category(visit, slug, code=problem.status, wrong=refusal(problem), typed={"attribute": body})
    return visit.go(f"/admin/categories/{slug}")


def attribute_of(form: FormMultiDict) -> Json:
    """Choices stand one in a line."""
    kind = text(form, "kind")
    lines = str(form.get("choices", "")).splitlines()
    choices = [line.strip() for line in lines if line.strip()]
    return {
        "name": text(form, "name"),
        "kind": kind,
        "unit": text(form, "unit") if kind == "number" else "",
        "choices": choices if kind == "choice" else [],
        "filterable": bool(text(form, "filterable")),
        "required": bool(text(form, "required")),
    }


@get("/admin/attributes/{code:str}", access=ANYONE, include_in_schema=False)
async def attribute(visit: NamedDependency[Visit], code: FromPath[str]) -> Page:
    visit.need_admin()
    return await show_attribute(visit, code)


async def show_attribute(
    visit: Visit, code: str, *, status: int = 200, wrong: str = "", typed: Json | None = None, q: str = ""
) -> Page:
    found = await visit.api.get(_of_attribute(code))
    return await visit.page(
        "admin/attribute.html",
        status=status,
        code=code,
        misfits=found["misfits"],
        attribute=found | (typed or {}),
        picked=await picker.categories(visit, (typed or found)["categories"], q),
        kinds=KINDS,
        wrong=wrong,
        section="categories",
    )


@post("/admin/attributes/{code:str}", access=ANYONE, include_in_schema=False)
async def save_attribute(visit: NamedDependency[Visit], code: FromPath[str]) -> Page:
    form = await visit.form()
    visit.need_admin()
    slugs = ticked(form, "categories").split()
    body = attribute_of(form) | {"code": text(form, "code"), "categories": slugs}
    if finds(form, "categories_q"):
        return await show_attribute(visit, code, typed=body, q=text(form, "categories_q"))
    try:
        saved = await visit.api.patch(_of_attribute(code), body)
    except ApiProblem as problem:
        return await show_attribute(visit, code, status=problem.status, wrong=refusal(problem), typed=body)
    return visit.go(f"/admin/attributes/{saved['code']}")


@post("/admin/attributes/{code:str}/delete", access=ANYONE, include_in_schema=False)
async def delete_attribute(visit: NamedDependency[Visit], code: FromPath[str]) -> Page:
    await visit.form()
    visit.need_admin()
    await visit.api.delete(_of_attribute(code))
    return visit.go("/admin/categories")


def _of_attribute(code: str) -> str:
    return f"/api/v1/attributes/{quote(code, safe='')}"


# --- brands


@get("/admin/brands", access=ANYONE, include_in_schema=False)
async def brand_list(visit: NamedDependency[Visit]) -> Page:
    visit.need_admin()
    return await show_brands(visit)


async def show_brands(visit: Visit, *, code: int = 200, wrong: str = "", typed: Json | None = None) -> Page:
    cursor = str(visit.request.query_params.get("cursor", ""))[:500]
    found = await visit.api.get("/api/v1/brands", limit=50, cursor=cursor)
    return await visit.page(
        "admin/brands.html",
        status=code,
        found=found,
        cursor=cursor,
        wrong=wrong,
        typed=typed or {},
        section="brands",
    )


@post("/admin/brands", access=ANYONE, include_in_schema=False)
async def add_brand(visit: NamedDependency[Visit]) -> Page:
    form = await visit.form()
    visit.need_admin()
    body = {"name": text(form, "name"), "description": text(form, "description")}
    return await _change_brand(visit, visit.api.post("/api/v1/brands", body), body)


@post("/admin/brands/{slug:str}", access=ANYONE, include_in_schema=False, request_max_body_size=LOGO_LIMIT)
async def save_brand(visit: NamedDependency[Visit], slug: FromPath[str]) -> Page:
    form = await visit.form()
    visit.need_admin()
    body = {name: text(form, name) for name in ("name", "slug", "description")}
    logo = form.get("logo")
    if isinstance(logo, UploadFile) and logo.filename:
        content = await logo.read()
        files = {"image": (logo.filename, content, logo.content_type or "application/octet-stream")}
        try:
            await visit.api.upload(f"{_of_brand(slug)}/logo", files, method="PUT")
        except ApiProblem as problem:
            return await show_brands(visit, code=problem.status, wrong=refusal(problem))
    return await _change_brand(visit, visit.api.patch(_of_brand(slug), body))


@post("/admin/brands/{slug:str}/delete", access=ANYONE, include_in_schema=False)
async def delete_brand(visit: NamedDependency[Visit], slug: FromPath[str]) -> Page:
    await visit.form()
    visit.need_admin()
    return await _change_brand(visit, visit.api.delete(_of_brand(slug)))


async def _change_brand(visit: Visit, change: Any, typed: Json | None = None) -> Page:
    try:
        await change
    except ApiProblem as problem:
        return await show_brands(visit, code=problem.status, wrong=refusal(problem), typed=typed)
    return visit.go("/admin/brands")


def _of_brand(slug: str) -> str:
    return f"/api/v1/brands/{quote(slug, safe='')}"


routes = [
    category,
    save_category,
    delete_category,
    add_attribute,
    attribute,
    save_attribute,
    delete_attribute,
    brand_list,
    add_brand,
    save_brand,
    delete_brand,
]
