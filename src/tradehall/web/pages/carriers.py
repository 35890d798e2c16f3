"""The back office's accounts at carriers, from which labels are bought."""

from litestar import get, post
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency
from litestar.params import FromPath

from tradehall.kernel.access import ANYONE
from tradehall.kernel.errors import NotFound
from tradehall.web.client import ApiProblem, Json
from tradehall.web.forms import Filled, text
from tradehall.web.pages.shipping import CODE
from tradehall.web.visit import Page, Visit, problem_text

HERE = "/admin/shipping/carriers"
API = "/api/v1/shipping/accounts"
KINDS = {"http": "A carrier by HTTP", "simulated": "Simulated Post"}
FIELDS = ("code", "carrier", "name", "services", "url", "api_key", "webhook_secret", "pace")
SENTENCES = {
    "code": "Use small letters, digits and dashes, as gull-post.",
    "name": "Enter the name that people see.",
    "services": "Enter one service at least; letters, digits, dots and dashes.",
    "pace": "Enter seconds, from 0.1 to 86400.",
}
DONE = {"saved": "Saved. Labels can be bought on the pages of orders.", "deleted": "The account is gone from here."}


@get(HERE, access=ANYONE, include_in_schema=False)
async def carriers(visit: NamedDependency[Visit]) -> Page:
    visit.need_section("shipping")
    return await show(visit, done=DONE.get(visit.request.query_params.get("done", ""), ""))


async def show(visit: Visit, *, status: int = 200, done: str = "", wrong: str = "") -> Page:
    return await visit.page(
        "admin/carriers.html",
        status=status,
        accounts=await visit.api.get(API),
        kinds=KINDS,
        done=done,
        wrong=wrong,
        section="shipping",
        part="carriers",
    )


@get(f"{HERE}/new", access=ANYONE, include_in_schema=False)
async def new(visit: NamedDependency[Visit]) -> Page:
    visit.need_section("shipping")
    kind = visit.request.query_params.get("carrier", "")
    if kind == "simulated":
        fresh = {"carrier": kind, "code": "simulated", "name": KINDS[kind], "pace": "5", "sellers": "on"}
        return await show_one(visit, Filled(fresh))
    return await show_one(visit, Filled({"carrier": "http", "services": "standard"}))


@get(f"{HERE}/{{code:str}}", access=ANYONE, include_in_schema=False)
async def change(visit: NamedDependency[Visit], code: FromPath[str]) -> Page:
    visit.need_section("shipping")
    kept = await _kept(visit, code)
    values = {"code": code, "carrier": kept["carrier"], "name": kept["name"], "services": "\n".join(kept["services"])}
    values |= {"url": kept["keys"].get("url", ""), "pace": kept["keys"].get("pace", "")}
    return await show_one(visit, Filled(values | ({"sellers": "on"} if kept["sellers"] else {})), kept=kept)


async def _kept(visit: Visit, code: str) -> Json:
    """Raises NotFound."""
    found: Json | None = next((one for one in await visit.api.get(API) if one["code"] == code), None)
    if found is None:
        raise NotFound("There is no such account.")
    return found


async def show_one(visit: Visit, filled: Filled, *, status: int = 200, kept: Json | None = None) -> Page:
    return await visit.page(
        "admin/carrier.html", status=status, form=filled, kept=kept, kinds=KINDS, section="shipping", part="carriers"
    )


@post(HERE, access=ANYONE, include_in_schema=False)
async def add(visit: NamedDependency[Visit]) -> Page:
    """Not in the place of one that is there already."""
    filled = _typed(await visit.form())
    visit.need_section("shipping")
    if not CODE.fullmatch(filled["code"]):
        filled.errors["code"] = SENTENCES["code"]
    elif any(one["code"] == filled["code"] for one in await visit.api.get(API)):
        filled.errors["code"] = "There is an account with this code already. Choose another one."
    if filled.wrong:
        return await show_one(visit, filled, status=422)
    return await put(visit, filled)


@post(f"{HERE}/{{code:str}}", access=ANYONE, include_in_schema=False)
async def save(visit: NamedDependency[Visit], code: FromPath[str]) -> Page:
    filled = _typed(await visit.form())
    visit.need_section("shipping")
    kept = await _kept(visit, code)
    filled.values |= {"code": code, "carrier": kept["carrier"]}
    return await put(visit, filled, kept)


async def put(visit: Visit, filled: Filled, kept: Json | None = None) -> Page:
    """A key that is left empty stays as it is."""
    body: Json = {"carrier": filled["carrier"], "name": filled["name"], "sellers": filled["sellers"] == "on"}
    if filled["carrier"] == "simulated":
        try:
            body["pace"] = float(filled["pace"])
        except ValueError:
            filled.errors["pace"] = SENTENCES["pace"]
            return await show_one(visit, filled, status=422, kept=kept)
    else:
        body |= {name: filled[name] for name in ("url", "api_key", "webhook_secret") if filled[name]}
        body["services"] = [line.strip() for line in filled["services"].splitlines() if line.strip()]
    try:
        await visit.api.put(f"{API}/{filled['code']}", body)
    except ApiProblem as problem:
        names = {name: name for name in FIELDS} | {f"services[{i}]": "services" for i in range(20)}
        filled.blame(problem.errors, names, SENTENCES)
        if not problem.errors:
            filled.others.append(problem_text(problem))
        return await show_one(visit, filled, status=problem.status, kept=kept)
    return visit.go(f"{HERE}?done=saved")


@post(f"{HERE}/{{code:str}}/delete", access=ANYONE, include_in_schema=False)
async def delete(visit: NamedDependency[Visit], code: FromPath[str]) -> Page:
    await visit.form()
    visit.need_section("shipping")
    await _kept(visit, code)
    try:
        await visit.api.delete(f"{API}/{code}")
    except ApiProblem as problem:
        return await show(visit, status=problem.status, wrong=problem_text(problem))
    return visit.go(f"{HERE}?done=deleted")


def _typed(form: FormMultiDict) -> Filled:
    values = {name: text(form, name) for name in FIELDS} | {"sellers": text(form, "sellers")}
    if values["carrier"] not in KINDS:
        values["carrier"] = "http"
    return Filled(values)


routes = [carriers, new, change, add, save, delete]
