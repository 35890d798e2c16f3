"""The back office's audit log: who did what to what, and when."""

from uuid import UUID

from litestar import get
from litestar.di import NamedDependency

from tradehall.kernel.access import ANYONE
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
        short=short,
        section="audit",
    )


def action(name: str) -> str:
    """ "change_roles" -> "Change roles"."""
    return name.replace("_", " ").capitalize()


def name_of(actor: Json) -> str:
    return str(actor["name"] or "An account that is gone")


def target(entry: Json) -> list[tuple[str, str, str]]:
    """What it was done to: (what it is, which, where it is shown or "") each."""
    found = []
    for name, value in entry["target"].items():
        path = f"/admin/orders/{value}" if name == "order_id" else ""
        found.append((name.removesuffix("_id").replace("_", " "), value, path))
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
