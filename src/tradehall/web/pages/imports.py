"""The back office's imports of products: a file, what its columns mean, what would come of it, how far it is."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote
from uuid import UUID

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict, UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath

from tradehall.kernel.access import ANYONE
from tradehall.web.client import ApiProblem, Json, read
from tradehall.web.forms import text
from tradehall.web.visit import Page, Visit, problem_text

API = "/api/v1/products/imports"
UPLOAD_LIMIT = 65 * 1024 * 1024  # the API names the real one
# What a column, or a value for all rows, can be about; and how that is called.
FIELDS = {
    "sku": "SKU",
    "name": "Name",
    "description": "Description",
    "brand": "Brand",
    "category": "Category",
    "tags": "Tags",
    "price": "Price",
    "compare_at": "Price before",
    "weight": "Weight",
    "status": "Published or draft",
    "seller": "Seller",
    "handle": "Product's address (slug)",
    "parent": "Parent, of variants",
}
FOR_ALL = ("sku", "name", "description", "brand", "category", "price", "status", "seller")
OUTCOMES = {"created": "New", "changed": "Changed", "unchanged": "Same as before", "bad": "Does not go in"}
STATUSES = {
    "uploaded": ("Not started", "plain"),
    "waiting": ("Waiting for another import", "warn"),
    "running": ("Running", "warn"),
    "done": ("Done", "good"),
    "cancelled": ("Cancelled", "bad"),
    "failed": ("Failed", "bad"),
}


@dataclass
class Chosen:
    """What the form says of a file's columns."""

    columns: dict[str, str] = field(default_factory=dict)
    for_all: dict[str, str] = field(default_factory=dict)
    decimal_sign: str = "."
    weight_unit: str = "g"
    separator: str = ","

    @classmethod
    def of(cls, mapping: Json) -> "Chosen":
        values = {**mapping.get("constants", {}), **mapping.get("defaults", {})}
        rest = {name: mapping[name] for name in ("decimal_sign", "weight_unit", "separator") if name in mapping}
        return cls(dict(mapping.get("columns", {})), values, **rest)

    @classmethod
    def typed(cls, form: FormMultiDict, columns: list[str]) -> "Chosen":
        chosen = {column: text(form, f"column-{place}") for place, column in enumerate(columns)}
        values = {name: text(form, f"value-{name}") for name in FOR_ALL}
        return cls(
            {column: about for column, about in chosen.items() if about},
            {name: value for name, value in values.items() if value},
            text(form, "decimal_sign") or ".",
            text(form, "weight_unit") or "g",
            text(form, "separator") or ",",
        )

    def mapping(self) -> Json:
        """A value for all rows fills the empty cells of a column, where there is one about the same."""
        said = set(self.columns.values())
        return {
            "columns": self.columns,
            "constants": {name: value for name, value in self.for_all.items() if name not in said},
            "defaults": {name: value for name, value in self.for_all.items() if name in said},
            "decimal_sign": self.decimal_sign,
            "weight_unit": self.weight_unit,
            "separator": self.separator,
        }


def guessed(columns: list[str]) -> Chosen:
    """Columns named as fields, or as fields are called here."""
    names = {name: name for name in FIELDS} | {called.lower(): name for name, called in FIELDS.items()}
    found: dict[str, str] = {}
    for column in columns:
        about = names.get(column.strip().lower(), column if column.startswith(("spec:", "option")) else "")
        if about and about not in found.values():
            found[column] = about
    return Chosen(found)


@get("/admin/imports", access=ANYONE, include_in_schema=False)
async def import_list(visit: NamedDependency[Visit]) -> Page:
    visit.need_section("imports")
    return await show_list(visit)


async def show_list(visit: Visit, *, status: int = 200, wrong: str = "") -> Page:
    cursor = visit.request.query_params.get("cursor", "")
    found = await visit.api.get(API, limit=20, cursor=cursor)
    return await visit.page(
        "admin/imports.html", status=status, wrong=wrong, found=found, statuses=STATUSES, section="imports"
    )


@post("/admin/imports", access=ANYONE, include_in_schema=False, request_max_body_size=UPLOAD_LIMIT)
async def upload(visit: NamedDependency[Visit]) -> Page:
    form = await visit.form()
    visit.need_section("imports")
    file = form.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        return await show_list(visit, status=422, wrong="Choose a CSV file first.")
    told = {name: text(form, name) for name in ("encoding", "delimiter")} | {"start": "false"}
    try:
        new = await visit.api.upload(API, {"file": (file.filename[-200:], file.file, "text/csv")}, fields=told)
    except ApiProblem as problem:
        rules = " ".join(f"The file {error.rule}." for error in problem.errors)
        return await show_list(visit, status=problem.status, wrong=rules or problem_text(problem))
    return visit.go(f"/admin/imports/{new['id']}")


@get("/admin/imports/{import_id:uuid}", access=ANYONE, include_in_schema=False)
async def import_page(visit: NamedDependency[Visit], import_id: FromPath[UUID]) -> Page:
    visit.need_section("imports")
    found = await visit.api.get(f"{API}/{import_id}")
    name = visit.request.query_params.get("mapping", "")
    kept = (await visit.api.get(f"{API}/mappings"))["items"]
    mapping = next((one["mapping"] for one in kept if one["name"] == name), None)
    chosen = Chosen.of(mapping) if mapping else guessed(found["columns"])
    return await show(visit, found, chosen, kept=kept, name=name)


async def show(visit: Visit, found: Json, chosen: Chosen, *, status: int = 200, **context: Any) -> Page:
    if "kept" not in context:
        context["kept"] = (await visit.api.get(f"{API}/mappings"))["items"]
    given = {"name": "", "wrong": [], "preview": None, **context}
    return await visit.page(
        "admin/import.html",
        status=status,
        one=found,
        chosen=chosen,
        fields=FIELDS,
        for_all=FOR_ALL,
        statuses=STATUSES,
        outcomes=OUTCOMES,
        section="imports",
        **given,
    )


@get("/admin/imports/{import_id:uuid}/live", access=ANYONE, include_in_schema=False)
async def live(visit: NamedDependency[Visit], import_id: FromPath[UUID]) -> Page:
    visit.need_section("imports")
    found = await visit.api.get(f"{API}/{import_id}")
    return await visit.page("parts/import_live.html", one=found, statuses=STATUSES)


@post("/admin/imports/{import_id:uuid}/preview", access=ANYONE, include_in_schema=False)
async def preview(visit: NamedDependency[Visit], import_id: FromPath[UUID]) -> Page:
    return await _with_mapping(visit, import_id, "preview")


@post("/admin/imports/{import_id:uuid}/start", access=ANYONE, include_in_schema=False)
async def start(visit: NamedDependency[Visit], import_id: FromPath[UUID]) -> Page:
    """And keeps the mapping, where it is given a name."""
    return await _with_mapping(visit, import_id, "start")


async def _with_mapping(visit: Visit, import_id: UUID, action: str) -> Page:
    form = await visit.form()
    visit.need_section("imports")
    found = await visit.api.get(f"{API}/{import_id}")
    chosen, name = Chosen.typed(form, found["columns"]), text(form, "name")
    mapping = chosen.mapping()
    try:
        if name and action == "start":
            await visit.api.put(f"{API}/mappings/{quote(name, safe='')}", mapping)
        answer = await visit.api.post(f"{API}/{import_id}/{action}", {"mapping": mapping})
    except ApiProblem as problem:
        wrong = [f"{_called(error.field)}: {error.rule}." for error in problem.errors] or [problem_text(problem)]
        return await show(visit, found, chosen, status=problem.status, name=name, wrong=wrong)
    if action == "preview":
        return await show(visit, found, chosen, name=name, preview=answer["rows"])
    return visit.go(f"/admin/imports/{import_id}")


@post("/admin/imports/{import_id:uuid}/cancel", access=ANYONE, include_in_schema=False)
async def cancel(visit: NamedDependency[Visit], import_id: FromPath[UUID]) -> Page:
    await visit.form()
    visit.need_section("imports")
    try:
        await visit.api.post(f"{API}/{import_id}/cancel")
    except ApiProblem as problem:
        if problem.slug != "import-finished":
            raise
    return visit.go(f"/admin/imports/{import_id}")


@get("/admin/imports/{import_id:uuid}/report", access=ANYONE, include_in_schema=False)
async def report(visit: NamedDependency[Visit], import_id: FromPath[UUID]) -> Response[bytes]:
    visit.need_section("imports")
    return await _file(visit, f"{API}/{import_id}/report")


@get("/admin/products.csv", access=ANYONE, include_in_schema=False)
async def export(visit: NamedDependency[Visit]) -> Response[bytes]:
    visit.need_section("imports")
    return await _file(visit, "/api/v1/manage/products/export")


async def _file(visit: Visit, path: str) -> Response[bytes]:
    answer = await visit.api.send("GET", path)
    if answer.status_code != 200:
        read(answer)
    headers = {name: answer.headers[name] for name in ("cache-control", "content-disposition")}
    return Response(answer.content, media_type="text/csv; charset=utf-8", headers=headers)


def _called(path: str) -> str:
    """A field of the mapping, as the page calls it."""
    about = path.removeprefix("mapping.").partition(".")[2]
    return FIELDS.get(about, about or path)


routes = [import_list, upload, import_page, live, preview, start, cancel, report, export]
