"""The back office's issuers: with whom, beside a password, shoppers and staff may log in."""

import asyncio

from litestar import get, post
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency
from litestar.params import FromPath

from tradehall.kernel.access import ANYONE
from tradehall.kernel.errors import NotFound, Refusal
from tradehall.kernel.stores import base_url
from tradehall.web.client import ApiProblem, Json
from tradehall.web.forms import Filled, text
from tradehall.web.pages.issuer_login import CODE
from tradehall.web.visit import Page, Visit, problem_text

HERE = "/admin/issuers"
API = "/api/v1/auth/issuers"
FIELDS = ("code", "name", "issuer", "client_id", "client_secret")
KNOWN = {"google": {"code": "google", "name": "Google", "issuer": "https://accounts.google.com"}}
SENTENCES = {
    "code": "Use small letters, digits and hyphens, beginning with a letter.",
    "name": "Enter the name that the button is to show.",
    "client_id": "Enter the client id that you got where you registered this store.",
    "client_secret": "Enter the client secret that you got where you registered this store.",
}
MISSING = SENTENCES | {"issuer": "Enter the address of the issuer, like https://accounts.google.com."}
DONE = {"saved": "The log-in page offers it from now on.", "deleted": "The log-in page no longer offers it."}


@get(HERE, access=ANYONE, include_in_schema=False)
async def issuers(visit: NamedDependency[Visit]) -> Page:
    visit.need_section("issuers")
    return await show(visit, done=DONE.get(visit.request.query_params.get("done", ""), ""))


async def show(visit: Visit, *, status: int = 200, done: str = "", wrong: str = "") -> Page:
    offered: list[Json] = await visit.api.get(API)
    found = await asyncio.gather(*(visit.api.get(f"{API}/{issuer['code']}") for issuer in offered))
    return await visit.page("admin/issuers.html", status=status, found=found, done=done, wrong=wrong, section="issuers")


@get(f"{HERE}/new", access=ANYONE, include_in_schema=False)
async def new(visit: NamedDependency[Visit]) -> Page:
    visit.need_section("issuers")
    return await show_one(visit, Filled(dict(KNOWN.get(visit.request.query_params.get("like", ""), {}))))


async def show_one(visit: Visit, filled: Filled, *, status: int = 200, code: str = "") -> Page:
    """`code` of one that is there."""
    redirect_uri = f"{base_url(visit.store, visit.running.settings.port)}/login/back"
    return await visit.page(
        "admin/issuer.html", status=status, form=filled, code=code, redirect_uri=redirect_uri, section="issuers"
    )


@post(HERE, access=ANYONE, include_in_schema=False)
async def add(visit: NamedDependency[Visit]) -> Page:
    """Not in the place of one that is there already."""
    filled = typed(await visit.form())
    visit.need_section("issuers")
    code = filled["code"]
    filled.errors |= {name: MISSING[name] for name in FIELDS if not filled[name]}
    if not CODE.fullmatch(code):
        filled.errors["code"] = SENTENCES["code"]
    elif any(issuer["code"] == code for issuer in await visit.api.get(API)):
        filled.errors["code"] = "There is one with this code already. Choose another one."
    if filled.wrong:
        return await show_one(visit, filled, status=422)
    return await put(visit, code, filled)


@get(f"{HERE}/{{code:str}}", access=ANYONE, include_in_schema=False)
async def change(visit: NamedDependency[Visit], code: FromPath[str]) -> Page:
    visit.need_section("issuers")
    kept = await visit.api.get(f"{API}/{known(code)}")
    return await show_one(visit, Filled({name: kept.get(name, "") for name in FIELDS}), code=code)


@post(f"{HERE}/{{code:str}}", access=ANYONE, include_in_schema=False)
async def save(visit: NamedDependency[Visit], code: FromPath[str]) -> Page:
    filled = typed(await visit.form())
    visit.need_section("issuers")
    return await put(visit, known(code), filled, there=True)


async def put(visit: Visit, code: str, filled: Filled, *, there: bool = False) -> Page:
    """Without a secret the one before stays."""
    body = {name: filled[name] for name in FIELDS[1:] if filled[name] or name != "client_secret"}
    try:
        await visit.api.put(f"{API}/{code}", body)
    except ApiProblem as problem:
        filled.blame(problem.errors, {name: name for name in FIELDS}, SENTENCES)
        if not problem.errors:
            filled.others.append(problem_text(problem))
        return await show_one(visit, filled, status=problem.status, code=code if there else "")
    except Refusal as refusal:  # nothing typed is lost because somebody else does not answer
        filled.others.append("The issuer cannot be asked at the moment. Check its address, or try again later.")
        return await show_one(visit, filled, status=refusal.status, code=code if there else "")
    return visit.go(f"{HERE}?done=saved")


@post(f"{HERE}/{{code:str}}/delete", access=ANYONE, include_in_schema=False)
async def delete(visit: NamedDependency[Visit], code: FromPath[str]) -> Page:
    await visit.form()
    visit.need_section("issuers")
    try:
        await visit.api.delete(f"{API}/{known(code)}")
    except ApiProblem as problem:
        return await show(visit, status=problem.status, wrong=problem_text(problem))
    return visit.go(f"{HERE}?done=deleted")


def known(code: str) -> str:
    """One that can be. Raises NotFound."""
    if not CODE.fullmatch(code):
        raise NotFound()
    return code


def typed(form: FormMultiDict) -> Filled:
    return Filled({name: text(form, name) for name in FIELDS})


routes = [issuers, new, add, change, save, delete]
