"""Whether a visitor agrees to be counted and known again. Works without a script, and is asked once."""

from uuid import uuid4

from litestar import get, post
from litestar.di import NamedDependency

from tradehall.kernel.access import ANYONE
from tradehall.web.forms import text
from tradehall.web.visit import Page, Visit, local_path


@get("/counting", access=ANYONE, include_in_schema=False)
async def counting(visit: NamedDependency[Visit]) -> Page:
    """Where one changes one's mind."""
    await visit.load_rule()
    return await visit.page("counting.html")


@post("/counting", access=ANYONE, include_in_schema=False)
async def decide(visit: NamedDependency[Visit]) -> Page:
    form = await visit.form()
    visit.keep_agreement(str(uuid4()) if text(form, "do") == "yes" else "no")
    return visit.go(local_path(text(form, "next")))


routes = [counting, decide]
