"""The back office's products: their list, and the form that makes and changes one. Of a seller, the own."""

import asyncio
from typing import Any
from urllib.parse import quote
from uuid import UUID

from litestar import get, post
from litestar.datastructures import FormMultiDict, UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath

from tradehall.kernel.access import ANYONE
from tradehall.kernel.errors import NotFound
from tradehall.web import picker
from tradehall.web.client import ApiProblem, Json
from tradehall.web.forms import refusal, text
from tradehall.web.product_form import INLINE, MOST_VARIANTS, ProductForm
from tradehall.web.product_refusals import blame, join, where
from tradehall.web.product_rows import MOST_OPTIONS, Image, Variant
from tradehall.web.visit import Page, Visit, local_path

HERE = "/admin/products"
UPLOAD_LIMIT = 64 * 1024 * 1024  # bytes of all pictures; the API names that of one
SAVING = ("save", "publish")
ENTER = "enter"  # the key, in any field: what was to be found is found, else all is saved
MOST_IMAGES = 20
DONE = {
    "saved": "The product is saved.",
    "made": "The product is made. It is a draft: nobody sees it before you publish it.",
    "published": "The product is saved and published.",
    "hidden": "The product is a draft now: nobody can buy it.",
    "deleted": "The product is deleted.",
}


@get(HERE, access=ANYONE, include_in_schema=False)
async def product_list(visit: NamedDependency[Visit]) -> Page:
    visit.need_section("products")
    return await show_list(visit, done=DONE.get(visit.request.query_params.get("done", ""), ""))


async def show_list(visit: Visit, *, code: int = 200, done: str = "", wrong: str = "") -> Page:
    query = visit.request.query_params
    asked = {name: str(query.get(name, ""))[:200] for name in ("status", "q", "category", "misfit", "cursor")}
    if asked["status"] not in ("draft", "published"):
        asked["status"] = ""
    found = await visit.api.get("/api/v1/manage/products", **asked, limit=30)
    slugs = {item["category"] for item in found["items"] if item["category"]} | {asked["category"]} - {""}
    named = await visit.api.get(picker.API, slug=sorted(slugs), limit=100) if slugs else {"items": []}
    return await visit.page(
        "admin/products.html",
        status=code,
        found=found,
        asked=asked,
        done=done,
        wrong=wrong,
        categories={category["slug"]: category["name"] for category in named["items"]},
        section="products",
    )


@post(f"{HERE}/{{product_id:uuid}}/{{action:str}}", access=ANYONE, include_in_schema=False)
async def publish(visit: NamedDependency[Visit], product_id: FromPath[UUID], action: FromPath[str]) -> Page:
    """publish or unpublish, from the list or from the product's page."""
    form = await visit.form()
    visit.need_section("products")
    if action not in ("publish", "unpublish"):
        raise NotFound()
    there = local_path(text(form, "next"), HERE)
    try:
        await visit.api.post(f"{_api(product_id)}/{action}")
    except ApiProblem as problem:
        if there.startswith(f"{HERE}/{product_id}"):
            told = await read(visit, product_id)
            return await refused(visit, ProductForm.of(told), told, problem)
        return await show_list(visit, code=problem.status, wrong=refusal(problem))
    return visit.go(there)


@post(f"{HERE}/{{product_id:uuid}}/delete", access=ANYONE, include_in_schema=False)
async def delete(visit: NamedDependency[Visit], product_id: FromPath[UUID]) -> Page:
    await visit.form()
    visit.need_section("products")
    await visit.api.delete(_api(product_id))
    return visit.go(f"{HERE}?done=deleted")


# --- a new one


@get(f"{HERE}/new", access=ANYONE, include_in_schema=False)
async def new(visit: NamedDependency[Visit]) -> Page:
    visit.need_section("products")
    return await show(visit, ProductForm(variants=[Variant()]), None)


@post(f"{HERE}/new", access=ANYONE, include_in_schema=False, request_max_body_size=UPLOAD_LIMIT)
async def create(visit: NamedDependency[Visit]) -> Page:
    typed = await visit.form()
    visit.need_section("products")
    form, files = ProductForm.typed(typed), pictures(typed)
    action = asked(typed, form)
    if action not in SAVING:
        if files:
            form.errors["pictures"] = "Choose the pictures when you save: before, there is no product to keep them."
        form.apply(action)
        return await show(visit, form, None)
    await describe(visit, form)
    body = form.body(None, visit.store.currency) | {"status": "published" if action == "publish" else "draft"}
    if not body["slug"]:
        del body["slug"]
    try:
        if visit.is_admin:
            body["seller_id"] = await seller_of(visit, form)
        told = await visit.api.post("/api/v1/products", body)
    except ApiProblem as problem:
        if files:
            form.errors["pictures"] = "Choose the pictures again: they are taken as soon as the rest is right."
        return await refused(visit, form, None, problem)
    wrong, related = await relate(visit, told, form), form.related
    form, told = await take(visit, ProductForm.of(await read(visit, told["id"])), told, files)
    form.others, form.related = form.others + wrong, related
    if form.wrong:
        return await show(visit, form, told, status=422, done=DONE["made"])
    return visit.go(f"{HERE}/{told['id']}?done={'published' if action == 'publish' else 'made'}")


async def seller_of(visit: Visit, form: ProductForm) -> str | None:
    """Whose it is: chosen, or named where there are too many to choose from."""
    if slug := form["seller_slug"]:
        try:
            return str((await visit.api.get(f"/api/v1/sellers/{quote(slug, safe='')}"))["id"])
        except ApiProblem as problem:
            if problem.status != 404:
                raise
            form.errors["seller_slug"] = "There is no seller of this short name."
            return None
    return form["seller"] or None


# --- one that there is


@get(f"{HERE}/{{product_id:uuid}}", access=ANYONE, include_in_schema=False)
async def edit(visit: NamedDependency[Visit], product_id: FromPath[UUID]) -> Page:
    visit.need_section("products")
    told = await read(visit, product_id)
    done = DONE.get(visit.request.query_params.get("done", ""), "")
    return await show(visit, ProductForm.of(told), told, done=done)


@post(f"{HERE}/{{product_id:uuid}}", access=ANYONE, include_in_schema=False, request_max_body_size=UPLOAD_LIMIT)
async def save(visit: NamedDependency[Visit], product_id: FromPath[UUID]) -> Page:
    """Pictures are taken first, whatever else is asked: a browser does not send them a second time by itself."""
    typed = await visit.form()
    visit.need_section("products")
    form = ProductForm.typed(typed)
    action = asked(typed, form)
    form, told = await take(visit, form, await read(visit, product_id), pictures(typed))
    if action not in SAVING:
        form.apply(action)
        return await show(visit, form, told)
    await describe(visit, form)
    try:
        body = form.body(told, visit.store.currency) | {"version": form.version}
        saved = await visit.api.patch(_api(product_id), body)
    except ApiProblem as problem:
        if problem.slug != "changed":
            return await refused(visit, form, told, problem)
        told = await read(visit, product_id)
        return await show(visit, form, told, status=409, theirs=join(form, told))
    failed = form.errors.get("pictures", "")
    wrong = await relate(visit, saved, form)
    if action == "publish" and saved["status"] == "draft":
        try:
            await visit.api.post(f"{_api(product_id)}/publish")
        except ApiProblem as problem:
            told = await read(visit, product_id)
            return await refused(visit, ProductForm.of(told), told, problem, done="Saved, but not published.")
    if failed or wrong:
        told = await read(visit, product_id)
        again = ProductForm.of(told)
        again.related, again.others = form.related, wrong
        again.errors |= {"pictures": failed} if failed else {}
        return await show(visit, again, told, status=422, done=DONE["saved"])
    return visit.go(f"{HERE}/{product_id}?done={'published' if action == 'publish' else 'saved'}")


def asked(typed: FormMultiDict, form: ProductForm) -> str:
    if (action := text(typed, "do")) != ENTER:
        return action
    return "find" if form["category_q"] or form["related_q"] else "save"


async def refused(visit: Visit, form: ProductForm, told: Json | None, problem: ApiProblem, *, done: str = "") -> Page:
    await describe(visit, form)
    blame(form, problem, told)
    return await show(visit, form, told, status=problem.status, done=done)


async def relate(visit: Visit, told: Json, form: ProductForm) -> list[str]:
    """What was wrong with it, after the product itself was saved. They have no version: what they were is in the form."""
    ids = [id for id, _ in form.related]
    before = form["related_was"].split()
    if ids in (before, told["related_ids"]):
        return []
    if told["related_ids"] != before:
        return ["Somebody else chose what is shown beside it in the meantime. Save again to have yours instead."]
    try:
        await visit.api.put(f"{_api(told['id'])}/related", {"products": ids})
    except ApiProblem as problem:
        return [f"The related products stay as they were: {refusal(problem)}"]
    return []


async def take(visit: Visit, form: ProductForm, told: Json, files: list[UploadFile]) -> tuple[ProductForm, Json]:
    """Uploads pictures; they come last. Where nobody else changed the product meanwhile, the form is of its new version."""
    failed, taken = [], 0
    for file in files:
        name = file.filename or "picture"
        content = (name, file.file, file.content_type or "application/octet-stream")
        try:
            kept = await visit.api.upload(f"{_api(told['id'])}/images", {"image": content})
        except ApiProblem as problem:
            large = problem.status == 413
            failed.append(f"{name}: {'It is larger than 12 MB' if large else refusal(problem).rstrip('.')}.")
            continue
        form.images.append(Image(kept["key"], kept["alt"]))
        taken += 1
    if failed:
        form.errors["pictures"] = " ".join(failed)
    if not taken:
        return form, told
    now = await read(visit, told["id"])
    if form["version"] in (str(told["version"]), str(now["version"])) and now["version"] == told["version"] + taken:
        form.values["version"] = str(now["version"])
    return form, now


def pictures(form: FormMultiDict) -> list[UploadFile]:
    return [one for one in form.getall("pictures", []) if isinstance(one, UploadFile) and one.filename][:MOST_IMAGES]


async def read(visit: Visit, product_id: UUID | str) -> Json:
    found: Json = await visit.api.get(f"/api/v1/manage/products/{product_id}")
    return found


def _api(product_id: UUID | str) -> str:
    return f"/api/v1/products/{product_id}"


async def describe(visit: Visit, form: ProductForm) -> None:
    """With what the chosen category asks for."""
    attributes: list[Json] = []
    if form["category"]:
        try:
            found = await visit.api.get(f"/api/v1/categories/{quote(form['category'], safe='')}")
            attributes = found["attributes"]
        except ApiProblem as problem:
            if problem.status not in (301, 404):
                raise
    form.describe(attributes)


async def show(
    visit: Visit,
    form: ProductForm,
    told: Json | None,
    *,
    status: int = 200,
    done: str = "",
    theirs: list[str] | None = None,
) -> Page:
    """`theirs`: somebody else was faster; what differs."""
    makes = told is None and visit.is_admin
    _, categories, brands, sellers, near = await asyncio.gather(
        describe(visit, form),
        picker.categories(visit, [form["category"]], form["category_q"]),
        visit.api.get("/api/v1/brands", limit=100),
        visit.api.get("/api/v1/manage/sellers", status="active", limit=100) if makes else _nothing(),
        visit.api.get("/api/v1/products", q=form["related_q"][:200], limit=12) if form["related_q"] else _nothing(),
    )
    not_shown = {id for id, _ in form.related} | {(told or {}).get("id")}
    return await visit.page(
        "admin/product.html",
        status=status,
        form=form,
        where=where,
        told=told,
        action=f"{HERE}/{told['id']}" if told else f"{HERE}/new",
        done=done,
        theirs=theirs,
        picked=categories,
        brands=[brand["name"] for brand in brands["items"]],
        sellers=sellers if makes else None,
        near=[item for item in near["items"] if item["id"] not in not_shown],
        known={one["id"]: one for one in (told or {}).get("variants", ())},
        pictures={one["key"]: one for one in (told or {}).get("images", ())},
        to_come=form.to_come(told),
        limits={"inline": INLINE, "variants": MOST_VARIANTS, "options": MOST_OPTIONS, "images": MOST_IMAGES},
        section="products",
    )


async def _nothing() -> Json:
    return {"items": [], "next": None}


routes: list[Any] = [product_list, publish, delete, new, create, edit, save]
