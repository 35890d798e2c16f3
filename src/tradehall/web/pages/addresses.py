"""The address book of the account."""

from uuid import UUID

from litestar import get, post
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency
from litestar.params import FromPath

from tradehall.kernel.access import ANYONE
from tradehall.kernel.errors import NotFound
from tradehall.web.client import ApiProblem, Json
from tradehall.web.forms import Filled, text
from tradehall.web.pages.checkout import PLACE, SENTENCES
from tradehall.web.pages.shop import listed
from tradehall.web.visit import Page, Visit, problem_text
from tradehall.web.words import COUNTRIES

HERE = "/account/addresses"
API = "/api/v1/me/addresses"
DONE = {
    "saved": "The address is saved.",
    "default": "The checkout begins with this address from now on.",
    "deleted": "The address is deleted.",
}


@get(HERE, access=ANYONE, include_in_schema=False)
async def addresses(visit: NamedDependency[Visit]) -> Page:
    visit.need_login()
    return await show_all(visit, done=DONE.get(visit.request.query_params.get("done", ""), ""))


async def show_all(visit: Visit, *, status: int = 200, done: str = "", wrong: str = "") -> Page:
    (found,) = await visit.framed(visit.api.get(API))
    return await visit.page(
        "account/addresses.html",
        status=status,
        addresses=listed(found),
        done=done,
        wrong=wrong,
    )


async def show_one(visit: Visit, filled: Filled, action: str, *, status: int = 200) -> Page:
    """`action` is where the form is sent."""
    return await visit.page("account/address.html", status=status, form=filled, action=action, countries=COUNTRIES)


@get(f"{HERE}/new", access=ANYONE, include_in_schema=False)
async def new(visit: NamedDependency[Visit]) -> Page:
    visit.need_login()
    country = visit.store.locale.partition("-")[2]
    return await show_one(visit, Filled({"country": country}), HERE)


@post(HERE, access=ANYONE, include_in_schema=False)
async def add(visit: NamedDependency[Visit]) -> Page:
    filled = typed(await visit.form())
    visit.need_login()
    try:
        await visit.api.post(API, body(filled))
    except ApiProblem as problem:
        return await refused(visit, filled, HERE, problem)
    return visit.go(f"{HERE}?done=saved")


@get(f"{HERE}/{{address_id:uuid}}", access=ANYONE, include_in_schema=False)
async def change(visit: NamedDependency[Visit], address_id: FromPath[UUID]) -> Page:
    visit.need_login()
    kept = await one(visit, address_id)
    filled = Filled({name: str(kept[name]) for name in PLACE} | {"is_default": "on" if kept["is_default"] else ""})
    return await show_one(visit, filled, f"{HERE}/{address_id}")


@post(f"{HERE}/{{address_id:uuid}}", access=ANYONE, include_in_schema=False)
async def save(visit: NamedDependency[Visit], address_id: FromPath[UUID]) -> Page:
    filled = typed(await visit.form())
    visit.need_login()
    try:
        await visit.api.put(f"{API}/{address_id}", body(filled))
    except ApiProblem as problem:
        return await refused(visit, filled, f"{HERE}/{address_id}", problem)
    return visit.go(f"{HERE}?done=saved")


@post(f"{HERE}/{{address_id:uuid}}/default", access=ANYONE, include_in_schema=False)
async def make_default(visit: NamedDependency[Visit], address_id: FromPath[UUID]) -> Page:
    await visit.form()
    visit.need_login()
    kept = await one(visit, address_id)
    await visit.api.put(f"{API}/{address_id}", {name: kept[name] for name in PLACE} | {"is_default": True})
    return visit.go(f"{HERE}?done=default")


@post(f"{HERE}/{{address_id:uuid}}/delete", access=ANYONE, include_in_schema=False)
async def delete(visit: NamedDependency[Visit], address_id: FromPath[UUID]) -> Page:
    await visit.form()
    visit.need_login()
    try:
        await visit.api.delete(f"{API}/{address_id}")
    except ApiProblem as problem:
        return await show_all(visit, status=problem.status, wrong=problem_text(problem))
    return visit.go(f"{HERE}?done=deleted")


async def one(visit: Visit, address_id: UUID) -> Json:
    """Of the own ones. Raises NotFound."""
    for kept in listed(await visit.api.get(API)):
        if kept["id"] == str(address_id):
            return kept
    raise NotFound("You have no such address.")


def typed(form: FormMultiDict) -> Filled:
    return Filled({name: text(form, name) for name in (*PLACE, "is_default")})


def body(filled: Filled) -> Json:
    """Without a tick a default address stays the default."""
    return {name: filled[name] for name in PLACE} | ({"is_default": True} if filled["is_default"] else {})


async def refused(visit: Visit, filled: Filled, action: str, problem: ApiProblem) -> Page:
    filled.blame(problem.errors, {name: name for name in PLACE}, SENTENCES)
    if not problem.errors:
        filled.others.append(f"{problem.title}. {problem_text(problem)}")
    return await show_one(visit, filled, action, status=problem.status)


routes = [addresses, new, add, change, save, make_default, delete]
