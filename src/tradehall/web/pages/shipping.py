"""The back office's shipping rates."""

import re
from typing import Any

from litestar import get, post
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency
from litestar.params import FromPath

from tradehall.contracts.shipping import REST
from tradehall.kernel.access import ANYONE
from tradehall.kernel.errors import NotFound
from tradehall.web.client import ApiProblem, Json
from tradehall.web.forms import Filled, number, text, ticked
from tradehall.web.visit import Page, Visit, problem_text
from tradehall.web.words import plain_amount, to_minor

HERE = "/admin/shipping"
API = "/api/v1/shipping/rates"
CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,40}", re.ASCII)
KINDS = {
    "flat": ("One price", "The same wherever it goes."),
    "weight": ("By weight", "A price for each span of grams."),
    "price": ("By price", "A price for each span of what the goods cost."),
    "items": ("By number", "A price for each span of how many there are."),
    "zip": ("By zip", "A price for each span of zip codes, read as numbers."),
    "distance": ("By distance", "So much for each item and unit of distance from the warehouse."),
    "pickup": ("Pick-up", "The buyer comes to a warehouse."),
}
# What is given to the API again, as it was.
KEPT = ("code", "name", "kind", "price", "free_from", "factor", "measure", "bands", "zones", "days_from", "days_to", "warehouse")  # fmt: skip
FIELDS = ("code", "name", "kind", "price", "free_from", "factor", "measure", "days_from", "days_to", "warehouse")
SPARE = 3  # empty rows below the bands
MOST_ROWS = 60
SENTENCES = {
    "code": "Use small letters, digits and dashes, as express-2.",
    "name": "Enter the name that buyers see.",
    "warehouse": "Choose a warehouse that is open.",
}
DONE = {"saved": "Saved. The checkout reckons with it from now on.", "deleted": "The checkout no longer offers it."}
AMOUNT = "Enter an amount, like 4.90."


@get(HERE, access=ANYONE, include_in_schema=False)
async def rates(visit: NamedDependency[Visit]) -> Page:
    visit.need_section("shipping")
    return await show(visit, done=DONE.get(visit.request.query_params.get("done", ""), ""))


async def show(visit: Visit, *, status: int = 200, done: str = "", wrong: str = "") -> Page:
    return await visit.page(
        "admin/shipping.html",
        status=status,
        rates=(await visit.api.get(API))["rates"],
        kinds=KINDS,
        done=done,
        wrong=wrong,
        section="shipping",
        part="rates",
    )


@get(f"{HERE}/rates/new", access=ANYONE, include_in_schema=False)
async def new(visit: NamedDependency[Visit]) -> Page:
    visit.need_section("shipping")
    kind = visit.request.query_params.get("kind", "flat")
    filled = Filled({"kind": kind if kind in KINDS else "flat", "factor": "2", "measure": "zip"})
    return await show_one(visit, filled, rows=SPARE)


@get(f"{HERE}/rates/{{code:str}}", access=ANYONE, include_in_schema=False)
async def change(visit: NamedDependency[Visit], code: FromPath[str]) -> Page:
    visit.need_section("shipping")
    kept = next((rate for rate in (await visit.api.get(API))["rates"] if rate["code"] == code), None)
    if kept is None:
        raise NotFound("There is no such rate.")
    return await show_one(visit, _as_typed(kept, visit.store.currency), rows=len(kept["bands"]) + SPARE, code=code)


async def show_one(visit: Visit, filled: Filled, *, rows: int, status: int = 200, code: str = "") -> Page:
    """`code` of one that is there."""
    warehouses = await visit.api.get("/api/v1/warehouses") if filled["kind"] == "pickup" else []
    return await visit.page(
        "admin/rate.html",
        status=status,
        form=filled,
        code=code,
        kinds=KINDS,
        rows=min(rows, MOST_ROWS),
        zones=(await visit.api.get("/api/v1/shipping/zones"))["zones"],
        chosen=filled["zones"].split(),
        rest=REST,
        warehouses=[one for one in warehouses if one["active"]],
        section="shipping",
        part="rates",
    )


@post(f"{HERE}/rates", access=ANYONE, include_in_schema=False)
async def add(visit: NamedDependency[Visit]) -> Page:
    form = await visit.form()
    visit.need_section("shipping")
    return await put(visit, form)


@post(f"{HERE}/rates/{{code:str}}", access=ANYONE, include_in_schema=False)
async def save(visit: NamedDependency[Visit], code: FromPath[str]) -> Page:
    form = await visit.form()
    visit.need_section("shipping")
    return await put(visit, form, code=code)


async def put(visit: Visit, form: FormMultiDict, *, code: str = "") -> Page:
    """All rates go together, with this one in its place, or last."""
    filled, rows = _typed(form)
    kept: list[Json] = (await visit.api.get(API))["rates"]
    if code:
        filled.values["code"] = code
    if "more" in form:
        return await show_one(visit, filled, rows=rows + SPARE, code=code)
    if not CODE.fullmatch(filled["code"]):
        filled.errors["code"] = SENTENCES["code"]
    elif not code and any(rate["code"] == filled["code"] for rate in kept):
        filled.errors["code"] = "There is a rate with this code already. Choose another one."
    body, places = _body(filled, rows, visit.store.currency)
    if filled.wrong:
        return await show_one(visit, filled, rows=rows, status=422, code=code)
    sent = [{name: rate[name] for name in KEPT} for rate in kept]
    at = next((i for i, rate in enumerate(sent) if rate["code"] == code), len(sent))
    sent[at : at + 1] = [body]
    try:
        await visit.api.put(API, {"rates": sent})
    except ApiProblem as problem:
        names = {f"rates[{at}].{name}": name for name in FIELDS}
        names |= {f"rates[{at}].bands": "bands", f"rates[{at}].zones": "zones"}
        names |= {
            f"rates[{at}].bands[{i}].{end}": f"band-{row}-{end}"
            for i, row in enumerate(places)
            for end in ("least", "most", "price")
        }
        filled.blame(problem.errors, names, SENTENCES)
        if not problem.errors:
            filled.others.append(problem_text(problem))
        return await show_one(visit, filled, rows=rows, status=problem.status, code=code)
    return visit.go(f"{HERE}?done=saved")


@post(f"{HERE}/rates/{{code:str}}/delete", access=ANYONE, include_in_schema=False)
async def delete(visit: NamedDependency[Visit], code: FromPath[str]) -> Page:
    await visit.form()
    visit.need_section("shipping")
    kept = (await visit.api.get(API))["rates"]
    sent = [{name: rate[name] for name in KEPT} for rate in kept if rate["code"] != code]
    if not sent:
        return await show(visit, status=409, wrong="A store has one rate at least. Add another one first.")
    try:
        await visit.api.put(API, {"rates": sent})
    except ApiProblem as problem:
        return await show(visit, status=problem.status, wrong=problem_text(problem))
    return visit.go(f"{HERE}?done=deleted")


def _typed(form: FormMultiDict) -> tuple[Filled, int]:
    """With how many rows of bands there were."""
    values = {name: text(form, name) for name in FIELDS} | {"zones": ticked(form, "zones")}
    if values["kind"] not in KINDS:
        values["kind"] = "flat"
    shown = number(form, "rows")
    rows = min(shown, MOST_ROWS) if isinstance(shown, int) and shown > 0 else 0
    for row in range(rows):
        values |= {f"band-{row}-{end}": text(form, f"band-{row}-{end}") for end in ("least", "most", "price")}
    return Filled(values), rows


def _as_typed(rate: Json, currency: str) -> Filled:
    values = {name: "" if rate[name] is None else str(rate[name]) for name in FIELDS}
    values |= {name: plain_amount(rate[name], currency) for name in ("price", "free_from")}
    values["zones"] = " ".join(rate["zones"])
    for row, band in enumerate(rate["bands"]):
        for end in ("least", "most"):
            of = band[end]
            money = rate["kind"] == "price"
            values[f"band-{row}-{end}"] = "" if of is None else plain_amount(of, currency) if money else str(of)
        values[f"band-{row}-price"] = plain_amount(band["price"], currency)
    return Filled(values)


def _body(filled: Filled, rows: int, currency: str) -> tuple[Json, list[int]]:
    """What the API is given, and the row that each band stands in. What is no amount is blamed here."""
    kind = filled["kind"]
    body: Json = {"code": filled["code"], "name": filled["name"], "kind": kind, "zones": filled["zones"].split()}
    if kind == "flat" or (kind == "pickup" and filled["price"]):
        body["price"] = _amount(filled, "price", currency)
    if filled["free_from"]:
        body["free_from"] = _amount(filled, "free_from", currency)
    for name in ("days_from", "days_to"):
        if filled[name]:
            body[name] = _whole(filled[name])
    if kind == "distance":
        body |= {"factor": _whole(filled["factor"]), "measure": filled["measure"] or "zip"}
    if kind == "pickup":
        body["warehouse"] = filled["warehouse"] or None
    places: list[int] = []
    if kind in ("weight", "price", "items", "zip"):
        places = [row for row in range(rows) if any(filled[f"band-{row}-{end}"] for end in ("least", "most", "price"))]
        body["bands"] = [_band(filled, row, kind, currency) for row in places]
        if not places:
            filled.errors["bands"] = "Enter one line at least: from, to, price."
    return body, places


def _band(filled: Filled, row: int, kind: str, currency: str) -> Json:
    band: Json = {"price": _amount(filled, f"band-{row}-price", currency)}
    for end in ("least", "most"):
        name = f"band-{row}-{end}"
        if filled[name]:
            band[end] = _amount(filled, name, currency) if kind == "price" else _whole(filled[name])
    return band


def _amount(filled: Filled, name: str, currency: str) -> int | None:
    amount = to_minor(filled[name], currency)
    if amount is None:
        filled.errors[name] = AMOUNT
    return amount


def _whole(typed: str) -> Any:
    """A number; what is none stays as it is, for the API to refuse."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 16 else typed


routes = [rates, new, change, add, save, delete]
