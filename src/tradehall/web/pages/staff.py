"""The back office's staff: members, their roles, invitations."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from tradehall.kernel.access import ANYONE
from tradehall.web.client import ApiProblem, Json
from tradehall.web.forms import Filled, text, ticked
from tradehall.web.visit import Page, Visit, problem_text

HERE = "/admin/staff"
API = "/api/v1/staff"
# Each role with what it may do.
ROLES = {
    "store_admin": ("Store admin", "Everything, the staff included"),
    "warehouse_manager": ("Warehouse manager", "Stock and warehouses, sending orders"),
    "warehouse_staff": ("Warehouse staff", "Stock, sending orders"),
    "support": ("Support", "Orders and payments: looking, cancelling"),
}
SENTENCES = {
    "email": "Enter an e-mail address, like name@example.com.",
    "roles": "Tick one role at least.",
}
DONE = {
    "invited": "The invitation is on its way. Its link works once, for 7 days.",
    "withdrawn": "The invitation is withdrawn; its link no longer works.",
    "changed": "The new roles count from now on. They have to log in again.",
    "removed": "They are off the staff and logged out everywhere.",
}


@dataclass
class Forms:
    """What was typed: into the invitation, and into the roles of one member."""

    invite: Filled = field(default_factory=Filled)
    member: Filled = field(default_factory=Filled)
    member_id: str = ""


@get(HERE, access=ANYONE, include_in_schema=False)
async def staff(visit: NamedDependency[Visit]) -> Page:
    visit.need_section("staff")
    return await show(visit, Forms(), done=DONE.get(visit.request.query_params.get("done", ""), ""))


async def show(visit: Visit, forms: Forms, *, status: int = 200, done: str = "") -> Page:
    """Invitations stand on the first page of members only."""
    cursor = visit.request.query_params.get("cursor", "")
    members, invitations = await visit.framed(
        visit.api.get(API, limit=50, cursor=cursor), visit.api.get(f"{API}/invitations", limit=100)
    )
    return await visit.page(
        "admin/staff.html",
        status=status,
        members=members,
        invitations=[] if cursor else [dated(open) for open in invitations["items"]],
        forms=forms,
        roles=ROLES,
        me=str(visit.need_login().user_id),
        done=done,
        section="staff",
    )


@post(f"{HERE}/invitations", access=ANYONE, include_in_schema=False)
async def invite(visit: NamedDependency[Visit]) -> Page:
    """Also sends one again: another one to the same address takes its place."""
    form = await visit.form()
    visit.need_section("staff")
    forms = Forms(invite=Filled({"email": text(form, "email"), "roles": ticked(form, "roles")}))
    try:
        await visit.api.post(f"{API}/invitations", {"email": forms.invite["email"], "roles": roles_of(forms.invite)})
    except ApiProblem as problem:
        blame(forms.invite, problem)
        return await show(visit, forms, status=problem.status)
    return visit.go(f"{HERE}?done=invited")


@post(f"{HERE}/invitations/{{invitation_id:uuid}}/withdraw", access=ANYONE, include_in_schema=False)
async def withdraw(visit: NamedDependency[Visit], invitation_id: FromPath[UUID]) -> Page:
    await visit.form()
    visit.need_section("staff")
    try:
        await visit.api.delete(f"{API}/invitations/{invitation_id}")
    except ApiProblem as problem:
        forms = Forms(member=Filled(others=[problem_text(problem)]))
        return await show(visit, forms, status=problem.status)
    return visit.go(f"{HERE}?done=withdrawn")


@post(f"{HERE}/{{user_id:uuid}}/roles", access=ANYONE, include_in_schema=False)
async def change_roles(visit: NamedDependency[Visit], user_id: FromPath[UUID]) -> Page:
    form = await visit.form()
    visit.need_section("staff")
    forms = Forms(member=Filled({"roles": ticked(form, "roles")}), member_id=str(user_id))
    try:
        await visit.api.patch(f"{API}/{user_id}", {"roles": roles_of(forms.member)})
    except ApiProblem as problem:
        blame(forms.member, problem)
        return await show(visit, forms, status=problem.status)
    return visit.go(f"{HERE}?done=changed")


@post(f"{HERE}/{{user_id:uuid}}/remove", access=ANYONE, include_in_schema=False)
async def remove(visit: NamedDependency[Visit], user_id: FromPath[UUID]) -> Page:
    await visit.form()
    visit.need_section("staff")
    try:
        await visit.api.delete(f"{API}/{user_id}")
    except ApiProblem as problem:
        forms = Forms(member_id=str(user_id))
        blame(forms.member, problem)
        return await show(visit, forms, status=problem.status)
    return visit.go(f"{HERE}?done=removed")


def dated(invitation: Json) -> Json:
    return invitation | {"expired": datetime.fromisoformat(invitation["expires_at"]) < datetime.now(UTC)}


def roles_of(filled: Filled) -> list[str]:
    return filled["roles"].split()


def blame(filled: Filled, problem: ApiProblem) -> None:
    names = {error.field: error.field.partition("[")[0] for error in problem.errors}
    filled.blame(problem.errors, names, SENTENCES)
    if not problem.errors:
        filled.others.append(f"{problem.title}.")


async def names_of(visit: Visit) -> dict[str, str]:
    """The first hundred members by id: as many as a list to choose from can have."""
    members: list[Json] = (await visit.api.get(API, limit=100))["items"]
    return {member["id"]: member["name"] for member in members}


routes = [staff, invite, withdraw, change_roles, remove]
