"""The store's back office: orders to send, payments to look at. See sections.py for whom."""

import asyncio
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from tradehall.kernel.access import ANYONE
from tradehall.kernel.errors import NotFound
from tradehall.kernel.ids import uuid7
from tradehall.web.client import ApiProblem, Json
from tradehall.web.forms import refusal, text
from tradehall.web.pages.orders import load, or_none
from tradehall.web.pages.shop import listed
from tradehall.web.visit import Page, Visit, local_path, problem_text
from tradehall.web.words import to_minor

CARRIERS = ("UPS", "FedEx", "USPS", "DHL", "Correios")
REVIEWED = ("review", "waiting_proof", "action", "authorised", "paid", "rejected", "refunding", "refunded")


@get("/admin", access=ANYONE, include_in_schema=False)
async def admin(visit: NamedDependency[Visit]) -> Page:
    """To what is theirs of it."""
    visit.need_back_office()
    return visit.go(visit.sections[0].path)


@get("/admin/orders/{order_id:uuid}", access=ANYONE, include_in_schema=False)
async def order(visit: NamedDependency[Visit], order_id: FromPath[UUID]) -> Page:
    visit.need_section("orders")
    return await show(visit, order_id)


async def show(
    visit: Visit,
    order_id: UUID,
    *,
    status: int = 200,
    wrong: str = "",
    typed: Any = None,
    refund_typed: Any = None,
) -> Page:
    me = visit.need_login()
    found, notes, accounts = await asyncio.gather(
        load(visit, order_id, ""),
        or_none(visit.api.get(f"/api/v1/orders/{order_id}/notes")),
        or_none(visit.api.get("/api/v1/shipping/accounts")),
    )
    return await visit.page(
        "admin/order.html",
        accounts=accounts or [],
        status=status,
        wrong=wrong,
        typed=typed or {},
        refund_typed=refund_typed or {},
        me=str(me.user_id),
        notes=listed(notes) if notes is not None else None,
        may_return=me.is_admin or me.has("support") or me.seller_id is not None,
        carriers=CARRIERS,
        section="orders",
        **found,
    )


async def act(visit: Visit, order_id: UUID, action: str, body: dict[str, str], typed: Any = None) -> Page:
    try:
        await visit.api.post(f"/api/v1/orders/{order_id}/{action}", body)
    except ApiProblem as problem:
        return await show(visit, order_id, status=problem.status, wrong=refusal(problem), typed=typed)
    return visit.go(f"/admin/orders/{order_id}")


@post("/admin/orders/{order_id:uuid}/ship", access=ANYONE, include_in_schema=False)
async def ship(visit: NamedDependency[Visit], order_id: FromPath[UUID]) -> Page:
    form = await visit.form()
    visit.need_section("orders")
    body = {name: text(form, name) for name in ("carrier", "tracking_number", "parcel_id") if text(form, name)}
    return await act(visit, order_id, "ship", body, body)


@post("/admin/orders/{order_id:uuid}/deliver", access=ANYONE, include_in_schema=False)
async def deliver(visit: NamedDependency[Visit], order_id: FromPath[UUID]) -> Page:
    form = await visit.form()
    visit.need_section("orders")
    parcel = text(form, "parcel_id")
    return await act(visit, order_id, "deliver", {"parcel_id": parcel} if parcel else {})


@post("/admin/orders/{order_id:uuid}/cancel", access=ANYONE, include_in_schema=False)
async def cancel(visit: NamedDependency[Visit], order_id: FromPath[UUID]) -> Page:
    form = await visit.form()
    visit.need_section("orders")
    reason = text(form, "reason") or "Cancelled by the store"
    return await act(visit, order_id, "cancel", {"reason": reason})


@post("/admin/orders/{order_id:uuid}/refund", access=ANYONE, include_in_schema=False)
async def refund(visit: NamedDependency[Visit], order_id: FromPath[UUID]) -> Page:
    """In whole or in part; the same form sent twice pays back once."""
    form = await visit.form()
    visit.need_admin()
    typed = {name: text(form, name) for name in ("amount", "reason")}
    body: dict[str, Any] = {"reason": typed["reason"]}
    if typed["amount"]:
        amount = to_minor(typed["amount"], visit.store.currency)
        if not amount:
            wrong = "Enter the amount to pay back, like 12.50, or nothing for all of it."
            return await show(visit, order_id, status=422, wrong=wrong, refund_typed=typed)
        body["amount"] = {"amount": amount, "currency": visit.store.currency}
    headers = {"idempotency-key": text(form, "key") or uuid7().hex}
    try:
        await visit.api.post(f"/api/v1/payments/{order_id}/refunds", body, headers=headers)
    except ApiProblem as problem:
        return await show(visit, order_id, status=problem.status, wrong=refusal(problem), refund_typed=typed)
    return visit.go(f"/admin/orders/{order_id}")


@post("/admin/orders/{order_id:uuid}/capture", access=ANYONE, include_in_schema=False)
async def capture(visit: NamedDependency[Visit], order_id: FromPath[UUID]) -> Page:
    await visit.form()
    visit.need_admin()
    try:
        await visit.api.post(f"/api/v1/payments/{order_id}/capture", {})
    except ApiProblem as problem:
        return await show(visit, order_id, status=problem.status, wrong=refusal(problem))
    return visit.go(f"/admin/orders/{order_id}")


@get("/admin/payments", access=ANYONE, include_in_schema=False)
async def payments(visit: NamedDependency[Visit]) -> Page:
    visit.need_section("payments")
    return await show_payments(visit)


async def show_payments(visit: Visit, *, code: int = 200, wrong: str = "") -> Page:
    asked = visit.request.query_params
    status = asked.get("status", "review")
    status = status if status in REVIEWED else "review"
    found, open_refunds = await asyncio.gather(
        visit.api.get("/api/v1/payments", status=status, limit=20, cursor=asked.get("cursor", "")),
        visit.api.get("/api/v1/payments/refunds", limit=20),
    )
    return await visit.page(
        "admin/payments.html",
        status=code,
        found=found,
        open_refunds=listed(open_refunds),
        shown=status,
        statuses=REVIEWED,
        wrong=wrong,
        section="payments",
    )


@post("/admin/payments/{payment_id:uuid}/{decision:str}", access=ANYONE, include_in_schema=False)
async def decide(visit: NamedDependency[Visit], payment_id: FromPath[UUID], decision: FromPath[str]) -> Page:
    """approve, reject; refunded: money was sent back by hand; received: a transfer is in the store's account."""
    form = await visit.form()
    visit.need_admin()
    if decision not in ("approve", "reject", "refunded", "received"):
        raise NotFound()
    body: Json = {"note": text(form, "note")}
    if decision == "received":
        typed = text(form, "amount")
        amount = to_minor(typed, visit.store.currency) if typed else None
        if typed and not amount:
            return await show_payments(visit, code=422, wrong="Enter what has come as an amount, like 12.50.")
        body = {"amount": {"amount": amount, "currency": visit.store.currency}} if amount else {}
    try:
        await visit.api.post(f"/api/v1/payments/{payment_id}/{decision}", body)
    except ApiProblem as problem:
        return await show_payments(visit, code=problem.status, wrong=problem_text(problem))
    return visit.go(local_path(text(form, "next"), "/admin/payments"))


routes = [admin, order, ship, deliver, cancel, refund, capture, payments, decide]
