"""The variants of a product that has many of them, some at a time."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from tradehall.kernel.access import ANYONE
from tradehall.kernel.errors import FieldError
from tradehall.web.client import ApiProblem, Json
from tradehall.web.forms import text
from tradehall.web.pages.products import ENTER, HERE, read
from tradehall.web.product_form import ProductForm
from tradehall.web.product_refusals import blame, where
from tradehall.web.product_rows import Image, Option, Variant, kept_offer, keys_of
from tradehall.web.visit import Page, Visit

AT_ONCE = 25  # on a page
DONE = {"saved": "The variants are saved."}


@get(f"{HERE}/{{product_id:uuid}}/variants", access=ANYONE, include_in_schema=False)
async def variants(visit: NamedDependency[Visit], product_id: FromPath[UUID]) -> Page:
    visit.need_section("products")
    told = await read(visit, product_id)
    number = page_number(visit, told)
    form = ProductForm(values={"version": str(told["version"])}, **known(told))
    form.variants = shown(told, number)
    return await show(visit, form, told, number, done=DONE.get(visit.request.query_params.get("done", ""), ""))


@post(f"{HERE}/{{product_id:uuid}}/variants", access=ANYONE, include_in_schema=False)
async def save_variants(visit: NamedDependency[Visit], product_id: FromPath[UUID]) -> Page:
    typed = await visit.form()
    visit.need_section("products")
    told = await read(visit, product_id)
    number = page_number(visit, told)
    form = ProductForm.typed(typed)
    form.options = known(told)["options"]
    had = text(typed, "had").split()
    if (action := text(typed, "do")) not in ("save", ENTER):
        form.apply(action)
        return await show(visit, form, told, number, had=had)
    offers, rows = whole(form, told, had, visit.store.currency)
    try:
        saved = await visit.api.patch(f"/api/v1/products/{product_id}", {"variants": offers, "version": form.version})
    except ApiProblem as problem:
        theirs = None
        if problem.slug == "changed":
            theirs = changed(form, told, had, visit.store.currency)
            form.values["version"] = str(told["version"])
        else:
            blame(form, placed(problem, rows), told)
        return await show(visit, form, told, number, had=had, status=problem.status, theirs=theirs)
    last = max(1, -(-len(saved["variants"]) // AT_ONCE))
    return visit.go(f"{HERE}/{product_id}/variants?page={min(number, last)}&done=saved")


def page_number(visit: Visit, told: Json) -> int:
    asked = visit.request.query_params.get("page", "1")
    last = max(1, -(-len(told["variants"]) // AT_ONCE))
    return min(max(1, int(asked)), last) if asked.isdecimal() and len(asked) < 5 else 1


def known(told: Json) -> dict[str, Any]:
    """What the form of its variants has of a product."""
    return {
        "options": [Option(one["name"], ", ".join(one["values"]), one["name"]) for one in told["options"]],
        "images": [Image(one["key"], one["alt"]) for one in told["images"]],
    }


def shown(told: Json, number: int) -> list[Variant]:
    names, keys = [option["name"] for option in told["options"]], keys_of(told)
    return [Variant.of(one, names, keys) for one in told["variants"][(number - 1) * AT_ONCE : number * AT_ONCE]]


def whole(form: ProductForm, told: Json, had: list[str], currency: str) -> tuple[list[Json], list[int | None]]:
    """All variants of the product, those of the page as typed, new ones last; beside each, its row on the page."""
    typed = {one.id: row for row, one in enumerate(form.variants) if one.id}
    keys, gone = keys_of(told), set(had) - typed.keys()
    found: list[tuple[Json, int | None]] = []
    for one in told["variants"]:
        if one["id"] in typed:
            row = typed[one["id"]]
            found.append((form.variants[row].offer(form.named, currency), row))
        elif one["id"] not in gone:
            found.append((kept_offer(one, one["options"], keys), None))
    found += [(one.offer(form.named, currency), row) for row, one in enumerate(form.variants) if not one.id]
    return [offer for offer, _ in found], [row for _, row in found]


def placed(problem: ApiProblem, rows: list[int | None]) -> ApiProblem:
    """What the API says of the product's variants, said of the page's."""

    def at_its_row(error: FieldError) -> FieldError:
        place, bracket, part = error.field.removeprefix("variants[").partition("]")
        row = rows[int(place)] if bracket and place.isdecimal() and int(place) < len(rows) else None
        return error if row is None else FieldError(f"variants[{row}]{part}", error.rule)

    problem.errors = tuple(at_its_row(error) for error in problem.errors)
    return problem


def changed(form: ProductForm, told: Json, had: list[str], currency: str) -> list[str]:
    """Somebody else was faster: which of the page's variants are not as typed, or gone."""
    names, keys = [option["name"] for option in told["options"]], keys_of(told)
    now = {one["id"]: Variant.of(one, names, keys).offer(form.named, currency) for one in told["variants"]}
    gone = [one for one in form.variants if one.id and one.id not in now]
    form.variants = [one for one in form.variants if one not in gone]
    typed = {one.id: one.offer(form.named, currency) for one in form.variants if one.id}
    return [
        *(f"{one.sku} is gone there." for one in gone),
        *(f"{now[id]['sku']} is not as you typed it." for id, offer in typed.items() if offer != now[id]),
        *(f"{now[id]['sku']}, which you removed, is still there." for id in had if id in now and id not in typed),
    ]


async def show(
    visit: Visit,
    form: ProductForm,
    told: Json,
    number: int,
    *,
    had: list[str] | None = None,
    status: int = 200,
    done: str = "",
    theirs: list[str] | None = None,
) -> Page:
    total = len(told["variants"])
    return await visit.page(
        "admin/variants.html",
        status=status,
        form=form,
        where=where,
        told=told,
        had=[one.id for one in form.variants] if had is None else had,
        number=number,
        last=max(1, -(-total // AT_ONCE)),
        first=(number - 1) * AT_ONCE + 1,
        until=min(number * AT_ONCE, total),
        total=total,
        action=f"{HERE}/{told['id']}/variants?page={number}",
        done=done,
        theirs=theirs,
        known={one["id"]: one for one in told["variants"]},
        section="products",
    )


routes = [variants, save_variants]
