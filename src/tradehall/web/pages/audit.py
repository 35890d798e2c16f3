"""The back office's audit log: who did what to what, and when."""

import contextlib
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency

from tradehall.kernel.access import ANYONE
from tradehall.kernel.errors import Refusal
from tradehall.web.client import Json
from tradehall.web.pages.staff import names_of
from tradehall.web.visit import Page, Visit

HERE = "/admin/audit"


@get(HERE, access=ANYONE, include_in_schema=False)
async def audit(visit: NamedDependency[Visit]) -> Page:
    """A person or service that is none is asked for by nobody: the log is shown without it."""
    visit.need_section("audit")
    asked = visit.request.query_params
    services = visit.running.installed
    service = asked.get("service", "") if asked.get("service", "") in services else ""
    actor = known_id(asked.get("actor", ""))
    found, names = await visit.framed(
        visit.api.get("/api/v1/audit", service=service, actor=actor, limit=50, cursor=asked.get("cursor", "")),
        names_of(visit),
    )
    if actor and actor not in names:
        names[actor] = next((name_of(entry["actor"]) for entry in found["items"]), "Somebody")
    return await visit.page(
        "admin/audit.html",
        found=found,
        people=names,
        services=services,
        service=service,
        actor=actor,
        action=action,
        name_of=name_of,
        target=target,
        known=await known_of(visit, found["items"], names),
        short=short,
        section="audit",
    )


def action(name: str) -> str:
    """ "change_roles" -> "Change roles"."""
    return name.replace("_", " ").capitalize()


def name_of(actor: Json) -> str:
    return str(actor["name"] or "An account that is gone")


Known = dict[str, tuple[str, str]]  # by id: what it is called, and where it is shown or ""


async def known_of(visit: Visit, entries: list[Json], people: dict[str, str]) -> Known:
    """What is named at the price of a question for all; what is gone, or nobody answers for, stays without a name."""
    known: Known = {id: (name, "") for id, name in people.items()}
    targets = [entry["target"] for entry in entries]
    with contextlib.suppress(Refusal):
        if ids := sorted({one["product_id"] for one in targets if known_id(one.get("product_id", ""))}):
            found = await visit.api.get("/api/v1/manage/products", id=ids, limit=100)
            known |= {item["id"]: (item["name"], f"/admin/products/{item['id']}") for item in found["items"]}
    if any("seller_id" in one for one in targets):
        sellers = await visit.api.get("/api/v1/manage/sellers", limit=100)
        known |= {seller["id"]: (seller["name"], "/admin/sellers") for seller in sellers["items"]}
    return known


def target(entry: Json, known: Known) -> list[tuple[str, str, str, str]]:
    """What it was done to: (what it is, which, its name or "", where it is shown or "") each."""
    found = []
    for what, which in entry["target"].items():
        name, path = known.get(which, ("", f"/admin/orders/{which}" if what == "order_id" else ""))
        found.append((what.removesuffix("_id").replace("_", " "), which, name, path))
    return found


def short(which: str) -> str:
    """An id by its last digits, which tell it from its neighbours; anything else as it is."""
    return f"…{which[-12:]}" if known_id(which) else which


def known_id(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        return ""


routes = [audit]
