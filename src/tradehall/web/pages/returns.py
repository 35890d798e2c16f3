"""Parts of an order: cancelled before they are sent, asked to go back, received; for the buyer and for the back office."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency
from litestar.params import FromPath

from tradehall.kernel.access import ANYONE
from tradehall.kernel.errors import NotFound
from tradehall.kernel.ids import uuid7
from tradehall.web.client import ApiProblem, Json
from tradehall.web.forms import number, refusal, text
from tradehall.web.pages import admin, orders
from tradehall.web.render import address
from tradehall.web.visit import Page, Visit, local_path
from tradehall.web.words import RETURNS, to_minor

HERE = "/admin/returns"
NOTHING = "Say of which line how many."


def parts(form: FormMultiDict) -> list[Json]:
    """What was typed at the lines, `n-<line>`; nothing is none of it."""
    typed = ((name.removeprefix("n-"), number(form, name)) for name in form if name.startswith("n-"))
    return [{"line_id": line, "quantity": quantity} for line, quantity in typed if quantity not in ("", 0)]


async def ask(visit: Visit, form: FormMultiDict, order_id: UUID, what: str, token: str = "") -> str:
    """Cancels parts, or asks for their return; what was wrong with it."""
    lines = parts(form)
    if not lines:
        return NOTHING
    body = {"lines": lines, "reason": text(form, "reason", longest=500) or "No reason given"}
    headers = {"idempotency-key": text(form, "key") or uuid7().hex}
    try:
        await visit.api.post(f"/api/v1/orders/{order_id}/{what}", body, headers=headers, token=token)
    except ApiProblem as problem:
        return refusal(problem)
    return ""


@post("/orders/{order_id:uuid}/lines/cancel", access=ANYONE, include_in_schema=False)
async def cancel_lines(visit: NamedDependency[Visit], order_id: FromPath[UUID]) -> Page:
    return await _as_buyer(visit, order_id, "lines/cancel")


@post("/orders/{order_id:uuid}/returns", access=ANYONE, include_in_schema=False)
async def send_back(visit: NamedDependency[Visit], order_id: FromPath[UUID]) -> Page:
    return await _as_buyer(visit, order_id, "returns")


async def _as_buyer(visit: Visit, order_id: UUID, what: str) -> Page:
    form = await visit.form()
    token = text(form, "token")
    if wrong := await ask(visit, form, order_id, what, token):
        return await orders.show(visit, order_id, token, status=422, wrong=wrong)
    return visit.go(address(f"/orders/{order_id}", token=token))


@post("/orders/{order_id:uuid}/returns/{return_id:uuid}/withdraw", access=ANYONE, include_in_schema=False)
async def withdraw(visit: NamedDependency[Visit], order_id: FromPath[UUID], return_id: FromPath[UUID]) -> Page:
    form = await visit.form()
    token = text(form, "token")
    try:
        await visit.api.post(f"/api/v1/returns/{return_id}/withdraw", {}, token=token)
    except ApiProblem as problem:
        return await orders.show(visit, order_id, token, status=problem.status, wrong=refusal(problem))
    return visit.go(address(f"/orders/{order_id}", token=token))


@post("/admin/orders/{order_id:uuid}/lines/cancel", access=ANYONE, include_in_schema=False)
async def cancel_lines_for_the_buyer(visit: NamedDependency[Visit], order_id: FromPath[UUID]) -> Page:
    return await _for_the_store(visit, order_id, "lines/cancel")


@post("/admin/orders/{order_id:uuid}/returns", access=ANYONE, include_in_schema=False)
async def send_back_for_the_buyer(visit: NamedDependency[Visit], order_id: FromPath[UUID]) -> Page:
    return await _for_the_store(visit, order_id, "returns")


async def _for_the_store(visit: Visit, order_id: UUID, what: str) -> Page:
    form = await visit.form()
    visit.need_section("orders")
    if wrong := await ask(visit, form, order_id, what):
        return await admin.show(visit, order_id, status=422, wrong=wrong)
    return visit.go(f"/admin/orders/{order_id}")


@get(HERE, access=ANYONE, include_in_schema=False)
async def queue(visit: NamedDependency[Visit]) -> Page:
    visit.need_section("returns")
    asked = visit.request.query_params
    status = asked.get("status", "requested")
    status = status if status in RETURNS else "requested"
    found = await visit.api.get("/api/v1/returns", status=status, limit=30, cursor=asked.get("cursor", ""))
    return await visit.page("admin/returns.html", found=found, shown=status, section="returns")


@post("/admin/orders/{order_id:uuid}/returns/{return_id:uuid}/{decision:str}", access=ANYONE, include_in_schema=False)
async def decide(
    visit: NamedDependency[Visit], order_id: FromPath[UUID], return_id: FromPath[UUID], decision: FromPath[str]
) -> Page:
    form = await visit.form()
    visit.need_section("returns")
    if decision not in ("approve", "refuse", "receive", "withdraw"):
        raise NotFound()
    body: dict[str, Any] = {} if decision == "withdraw" else {"answer": text(form, "answer")}
    try:
        if decision == "receive":
            body |= received(form, visit.store.currency)
        await visit.api.post(f"/api/v1/returns/{return_id}/{decision}", body)
    except ApiProblem as problem:
        return await admin.show(visit, order_id, status=problem.status, wrong=refusal(problem))
    except ValueError as error:
        return await admin.show(visit, order_id, status=422, wrong=str(error))
    return visit.go(local_path(text(form, "next"), f"/admin/orders/{order_id}"))


def received(form: FormMultiDict, currency: str) -> Json:
    """Per line `n-`, `amount-` and `restock-`. Raises ValueError for an amount that is none."""
    lines = []
    for line in (name.removeprefix("n-") for name in form if name.startswith("n-")):
        one: Json = {"line_id": line, "quantity": number(form, f"n-{line}") or 0}
        if (amount := _amount(form, f"amount-{line}", currency)) is not None:
            one["amount"] = amount
        lines.append(one | {"restock": text(form, f"restock-{line}") == "on"})
    return {"lines": lines, "shipping": _amount(form, "shipping", currency) or 0}


def _amount(form: FormMultiDict, name: str, currency: str) -> int | None:
    typed = text(form, name)
    if not typed:
        return None
    amount = to_minor(typed, currency)
    if amount is None:
        raise ValueError(f"{typed} is no amount. Write it like 12.50.")
    return amount


@post("/admin/orders/{order_id:uuid}/notes", access=ANYONE, include_in_schema=False)
async def add_note(visit: NamedDependency[Visit], order_id: FromPath[UUID]) -> Page:
    form = await visit.form()
    visit.need_section("orders")
    return await _noted(
        visit, order_id, visit.api.post(f"/api/v1/orders/{order_id}/notes", {"text": text(form, "text")})
    )


@post("/admin/orders/{order_id:uuid}/notes/{note_id:uuid}/remove", access=ANYONE, include_in_schema=False)
async def remove_note(visit: NamedDependency[Visit], order_id: FromPath[UUID], note_id: FromPath[UUID]) -> Page:
    await visit.form()
    visit.need_section("orders")
    return await _noted(visit, order_id, visit.api.delete(f"/api/v1/orders/{order_id}/notes/{note_id}"))


async def _noted(visit: Visit, order_id: UUID, asked: Any) -> Page:
    try:
        await asked
    except ApiProblem as problem:
        return await admin.show(visit, order_id, status=problem.status, wrong=refusal(problem))
    return visit.go(f"/admin/orders/{order_id}#notes")


routes = [
    cancel_lines,
    send_back,
    withdraw,
    cancel_lines_for_the_buyer,
    send_back_for_the_buyer,
    queue,
    decide,
    add_note,
    remove_note,
]
