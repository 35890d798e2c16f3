"""The home page made of a store's own blocks: as shoppers see it, and the back office's page to arrange them."""

import asyncio
from typing import Any

from litestar import get, post
from litestar.datastructures import FormMultiDict, UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath

from tradehall.kernel.access import ANYONE
from tradehall.kernel.errors import NotFound, Refusal
from tradehall.web.client import ApiProblem, Json
from tradehall.web.forms import number, text
from tradehall.web.pages.store_look import UPLOAD_LIMIT, upload
from tradehall.web.visit import Page, Visit, problem_text

KINDS = {"hero": "Large picture with words", "rail": "Row of products", "text": "Text", "links": "Links"}
LONGEST = 10_000
MOST_LINKS = 12


async def blocks_page(visit: Visit) -> str:
    """Rows of products that cannot be had are left out."""
    (page,) = await visit.framed(visit.api.get("/api/v1/store/home"))
    rails = await asyncio.gather(*(products(visit, block) for block in page["blocks"]))
    shown = [(block, items) for block, items in zip(page["blocks"], rails, strict=True) if items != []]
    return visit.html("blocks.html", shown=shown, pictures=page["pictures"])


async def products(visit: Visit, block: Json) -> list[Any] | None:
    """Of a row of products; None for other blocks."""
    if block["kind"] != "rail":
        return None
    wanted: Json = {"limit": block["count"], "sort": "newest"}
    if block["by"] == "category":
        wanted["category"] = block["of"]
    elif block["by"] == "tag":
        wanted |= {"q": block["of"], "sort": ""}
    try:
        return list((await visit.api.get("/api/v1/products", **wanted))["items"])
    except Refusal:
        return []


@get("/admin/home", access=ANYONE, include_in_schema=False)
async def home(visit: NamedDependency[Visit]) -> Page:
    visit.need_admin()
    return await show(visit, await visit.api.get("/api/v1/store/home"))


async def show(visit: Visit, page: Json, *, status: int = 200, wrong: str = "") -> Page:
    return await visit.page(
        "admin/home.html", status=status, page=page, wrong=wrong, kinds=KINDS, most_links=MOST_LINKS, section="home"
    )


@post("/admin/home/{place:str}", access=ANYONE, include_in_schema=False, request_max_body_size=UPLOAD_LIMIT)
async def change(visit: NamedDependency[Visit], place: FromPath[str]) -> Page:
    """Of the block at that place (`new`: behind the last): save, up, down or remove."""
    form = await visit.form()
    visit.need_admin()
    page = await visit.api.get("/api/v1/store/home")
    blocks: list[Json] = page["blocks"]
    at = len(blocks) if place == "new" else int(place) if place.isdecimal() and len(place) < 4 else -1
    if not 0 <= at <= len(blocks) or (place != "new" and at == len(blocks)):
        raise NotFound()
    seen = number(form, "version")
    try:
        changed = await rearranged(visit, form, blocks, at)
        await visit.api.put("/api/v1/store/home", {"blocks": changed, "replaces": seen})
    except ApiProblem as problem:
        rules = " ".join(f"{error.field.partition('.')[2] or error.field} {error.rule}." for error in problem.errors)
        return await show(visit, page, status=problem.status, wrong=rules or problem_text(problem))
    return visit.go("/admin/home")


async def rearranged(visit: Visit, form: FormMultiDict, blocks: list[Json], at: int) -> list[Json]:
    """Raises ApiProblem where a picture is refused."""
    match text(form, "do"):
        case "up" if at > 0:
            return [*blocks[: at - 1], blocks[at], blocks[at - 1], *blocks[at + 1 :]]
        case "down" if at < len(blocks) - 1:
            return [*blocks[:at], blocks[at + 1], blocks[at], *blocks[at + 2 :]]
        case "up" | "down":
            return blocks
        case "remove":
            return [*blocks[:at], *blocks[at + 1 :]]
        case _:
            return [*blocks[:at], await block_of(visit, form), *blocks[at + 1 :]]


async def block_of(visit: Visit, form: FormMultiDict) -> Json:
    """As it was typed; the API says what is wrong with it."""
    kind = text(form, "kind")
    block: Json = {"kind": kind, "heading": text(form, "heading")}
    if kind == "hero":
        link = {"title": text(form, "title"), "target": text(form, "target")}
        image = form.get("image")
        chosen = isinstance(image, UploadFile) and bool(image.filename)
        picture = await upload(visit, image, "hero") if chosen else text(form, "picture") or None
        block |= {"text": text(form, "text"), "picture": picture, "link": link if any(link.values()) else None}
    elif kind == "rail":
        block |= {"by": text(form, "by"), "of": text(form, "of"), "count": number(form, "count")}
    elif kind == "text":
        block["text"] = text(form, "text", longest=LONGEST + 1)
    elif kind == "links":
        pairs = [(text(form, f"title{n}"), text(form, f"target{n}")) for n in range(MOST_LINKS)]
        block["links"] = [{"title": title, "target": target} for title, target in pairs if title or target]
    return block


routes = [home, change]
