"""The back office's shipping zones: named sets of countries and zips, to which rates belong."""

import re
from collections.abc import Sequence

from litestar import get, post
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency
from litestar.params import FromPath

from tradehall.contracts.shipping import REST
from tradehall.kernel.access import ANYONE
from tradehall.kernel.errors import FieldError, NotFound
from tradehall.web.client import ApiProblem, Json
from tradehall.web.forms import Filled, plain, text
from tradehall.web.pages.shipping import CODE
from tradehall.web.visit import Page, Visit, problem_text

HERE = "/admin/shipping/zones"
API = "/api/v1/shipping/zones"
FIELDS = ("code", "name", "countries", "zips")
SENTENCES = {
    "code": "Use small letters, digits and dashes, as new-england.",
    "name": "Enter the name of the zone.",
}
DONE = {"saved": "Saved. Rates of this zone reach what it says from now on.", "deleted": "The zone is gone."}


@get(HERE, access=ANYONE, include_in_schema=False)
async def zones(visit: NamedDependency[Visit]) -> Page:
    visit.need_section("shipping")
    return await show(visit, done=DONE.get(visit.request.query_params.get("done", ""), ""))


async def show(visit: Visit, *, status: int = 200, done: str = "", wrong: str = "") -> Page:
    return await visit.page(
        "admin/zones.html",
        status=status,
        zones=(await visit.api.get(API))["zones"],
        done=done,
        wrong=wrong,
        section="shipping",
        part="zones",
    )


@get(f"{HERE}/new", access=ANYONE, include_in_schema=False)
async def new(visit: NamedDependency[Visit]) -> Page:
    visit.need_section("shipping")
    return await show_one(visit, Filled())


@get(f"{HERE}/{{code:str}}", access=ANYONE, include_in_schema=False)
async def change(visit: NamedDependency[Visit], code: FromPath[str]) -> Page:
    visit.need_section("shipping")
    kept = next((zone for zone in (await visit.api.get(API))["zones"] if zone["code"] == code), None)
    if kept is None:
        raise NotFound("There is no such zone.")
    values = {"code": code, "name": kept["name"], "countries": " ".join(kept["countries"])}
    return await show_one(visit, Filled(values | {"zips": "\n".join(kept["zips"])}), code=code)


async def show_one(visit: Visit, filled: Filled, *, status: int = 200, code: str = "") -> Page:
    """`code` of one that is there."""
    return await visit.page("admin/zone.html", status=status, form=filled, code=code, section="shipping", part="zones")


@post(HERE, access=ANYONE, include_in_schema=False)
async def add(visit: NamedDependency[Visit]) -> Page:
    form = await visit.form()
    visit.need_section("shipping")
    return await put(visit, form)


@post(f"{HERE}/{{code:str}}", access=ANYONE, include_in_schema=False)
async def save(visit: NamedDependency[Visit], code: FromPath[str]) -> Page:
    form = await visit.form()
    visit.need_section("shipping")
    return await put(visit, form, code=code)


async def put(visit: Visit, form: FormMultiDict, *, code: str = "") -> Page:
    """All zones go together, with this one in its place, or last."""
    filled = Filled({name: text(form, name, longest=8000) for name in FIELDS})
    if code:
        filled.values["code"] = code
    sent: list[Json] = (await visit.api.get(API))["zones"]
    if not CODE.fullmatch(filled["code"]) or filled["code"] == REST:
        filled.errors["code"] = SENTENCES["code"]
    elif not code and any(zone["code"] == filled["code"] for zone in sent):
        filled.errors["code"] = "There is a zone with this code already. Choose another one."
    zone = {
        "code": filled["code"],
        "name": filled["name"],
        "countries": list(dict.fromkeys(re.findall(r"[^\s,;]+", filled["countries"].upper()))),
        "zips": [line for part in re.split(r"[\n,;]", filled["zips"]) if (line := part.strip())],
    }
    if filled.wrong:
        return await show_one(visit, filled, status=422, code=code)
    at = next((i for i, kept in enumerate(sent) if kept["code"] == code), len(sent))
    sent[at : at + 1] = [zone]
    try:
        await visit.api.put(API, {"zones": sent})
    except ApiProblem as problem:
        _blame(filled, problem.errors, at, zone)
        if not problem.errors:
            filled.others.append(problem_text(problem))
        return await show_one(visit, filled, status=problem.status, code=code)
    return visit.go(f"{HERE}?done=saved")


def _blame(filled: Filled, errors: Sequence[FieldError], at: int, zone: Json) -> None:
    """Of a list in one field, the entry that is wrong is named."""
    for error in errors:
        entry = re.fullmatch(rf"zones\[{at}\]\.(countries|zips)\[([0-9]+)\]", error.field)
        if entry:
            filled.errors.setdefault(entry[1], f"“{zone[entry[1]][int(entry[2])]}” {plain(error.rule)}.")
        else:
            filled.blame([error], {f"zones[{at}].{name}": name for name in FIELDS}, SENTENCES)


@post(f"{HERE}/{{code:str}}/delete", access=ANYONE, include_in_schema=False)
async def delete(visit: NamedDependency[Visit], code: FromPath[str]) -> Page:
    await visit.form()
    visit.need_section("shipping")
    kept = [zone for zone in (await visit.api.get(API))["zones"] if zone["code"] != code]
    try:
        await visit.api.put(API, {"zones": kept})
    except ApiProblem as problem:
        rules = " ".join(f"The zones {plain(error.rule)}." for error in problem.errors)
        return await show(visit, status=problem.status, wrong=rules or problem_text(problem))
    return visit.go(f"{HERE}?done=deleted")


routes = [zones, new, change, add, save, delete]
