"""The back office's page of the look: colours, words, logo and icon."""

import re

from litestar import get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath

from tradehall.kernel.access import ANYONE
from tradehall.kernel.errors import NotFound
from tradehall.web.client import ApiProblem
from tradehall.web.forms import Filled, text
from tradehall.web.themes import THEMES
from tradehall.web.visit import Page, Visit, problem_text

UPLOAD_LIMIT = 9 * 1024 * 1024
LOOK = ("theme", "accent", "ink", "paper", "tagline", "about")
COLOURS = {"ink": "Text", "paper": "Ground", "accent": "Accent: buttons and links"}
HEX = re.compile("#[0-9a-fA-F]{6}")
UNREADABLE = "Write the colour with # and six digits, as #1b1d21."


@get("/admin/look", access=ANYONE, include_in_schema=False)
async def look(visit: NamedDependency[Visit]) -> Page:
    visit.need_admin()
    saved = "Saved." if visit.request.query_params.get("saved") else ""
    return await show(visit, None, done=saved)


async def show(visit: Visit, form: Filled | None, *, status: int = 200, wrong: str = "", done: str = "") -> Page:
    """Without a `form`, as the store is."""
    store = await visit.settings()
    if form is None:
        values = {name: str(getattr(store.look, name)) for name in LOOK}
        form = Filled(values | {"announcement": store.announcement})
    return await visit.page(
        "admin/look.html",
        status=status,
        form=form,
        wrong=wrong,
        done=done,
        themes=sorted(THEMES),
        colours=COLOURS,
        hung={"logo": store.logo, "icon": store.icon},
        section="look",
    )


@post("/admin/look", access=ANYONE, include_in_schema=False)
async def save(visit: NamedDependency[Visit]) -> Page:
    form = await visit.form()
    visit.need_admin()
    filled = Filled({name: text(form, name) for name in (*LOOK, "announcement")})
    body = {"look": {name: filled[name] for name in LOOK}, "announcement": filled["announcement"]}
    try:
        await visit.api.patch("/api/v1/store", body)
    except ApiProblem as problem:
        names = {f"look.{name}": name for name in LOOK} | {"announcement": "announcement"}
        filled.blame(problem.errors, names, {name: UNREADABLE for name in COLOURS if not HEX.fullmatch(filled[name])})
        return await show(visit, filled, status=problem.status, wrong="" if problem.errors else problem_text(problem))
    return visit.go("/admin/look?saved=1")


@post("/admin/look/{kind:str}", access=ANYONE, include_in_schema=False, request_max_body_size=UPLOAD_LIMIT)
async def hang(visit: NamedDependency[Visit], kind: FromPath[str]) -> Page:
    """Uploads a logo or an icon, or takes it away."""
    form = await visit.form()
    visit.need_admin()
    if kind not in ("logo", "icon"):
        raise NotFound()
    try:
        if text(form, "remove"):
            await visit.api.delete(f"/api/v1/store/pictures/{text(form, 'remove')[:64]}")
        else:
            await upload(visit, form.get("image"), kind)
    except ApiProblem as problem:
        rules = " ".join(f"The picture {error.rule}." for error in problem.errors)
        return await show(visit, None, status=problem.status, wrong=rules or problem_text(problem))
    return visit.go("/admin/look?saved=1")


async def upload(visit: Visit, image: object, kind: str) -> str:
    """The picture's key. Raises ApiProblem."""
    if not isinstance(image, UploadFile) or not image.filename:
        raise ApiProblem(422, {"type": "invalid", "detail": "Choose a file first: PNG, JPEG, WebP or SVG."})
    sent = (image.filename[:100], await image.read(), image.content_type)
    hung = await visit.api.upload("/api/v1/store/pictures", {"image": sent}, fields={"kind": kind})
    return str(hung["key"])


routes = [look, save, hang]
