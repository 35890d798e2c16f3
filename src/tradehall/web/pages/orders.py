"""Orders as their buyer sees them: list, one order that moves by itself, cancel, proof of payment."""

import asyncio
import hashlib
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath

from tradehall.kernel.access import ANYONE
from tradehall.kernel.errors import NotFound, Refusal
from tradehall.kernel.ids import uuid7
from tradehall.web.client import ApiProblem, Json, read
from tradehall.web.forms import text
from tradehall.web.pages.shop import listed
from tradehall.web.render import address
from tradehall.web.visit import Page, Visit, problem_text
from tradehall.web.words import FINAL

UPLOAD_LIMIT = 9 * 1024 * 1024
UNPAID = frozenset(
    {"declined", "rejected", "void", "refunded"}
)  # where the money of an order that came to nothing ends
SHOWN_TYPES = frozenset({"image/png", "image/jpeg", "image/webp", "application/pdf"})


@get("/orders", access=ANYONE, include_in_schema=False)
async def order_list(visit: NamedDependency[Visit]) -> Page:
    visit.need_login()
    cursor = visit.request.query_params.get("cursor", "")
    (found,) = await visit.framed(visit.api.get("/api/v1/orders", bought="true", limit=20, cursor=cursor))
    return await visit.page("orders.html", found=found)


async def load(visit: Visit, order_id: UUID, token: str) -> Json:
    """Everything the order page shows. Payment, history, sellers, returns and shipments may be missing; the order may not."""
    order, payment, history, sellers, returns, sent = await asyncio.gather(
        visit.api.get(f"/api/v1/orders/{order_id}", token=token),
        or_none(visit.api.get(f"/api/v1/payments/{order_id}", token=token)),
        or_none(visit.api.get(f"/api/v1/orders/{order_id}/history", token=token)),
        or_none(visit.common("/api/v1/sellers")),
        or_none(visit.api.get(f"/api/v1/orders/{order_id}/returns", token=token)),
        or_none(visit.api.get(f"/api/v1/orders/{order_id}/shipments", token=token)),
    )
    entries, shipments = listed(history), listed(sent)
    names = {str(s["id"]): s["name"] for s in sellers or () if "id" in s}
    return {
        "order": order,
        "payment": payment,
        "history": entries,
        "sellers": names,
        "returns": listed(returns),
        "key": uuid7().hex,
        "token": token,
        "picture": picture_of(payment),
        "pace": pace(order, payment),
        "reached": reached(order["status"]),
        "next_step": next_step(order, payment),
        "tag": fingerprint(order, payment, entries, listed(returns), shipments),
        "shipments": {shipment["id"]: shipment for shipment in shipments},
        "pickup": (sent or {}).get("pickup"),
    }


def picture_of(payment: Json | None) -> str:
    """The QR code of a Pix, drawn here: no picture of a provider is asked for by the buyer's browser."""
    action = (payment or {}).get("action") or {}
    if action.get("kind") != "pix":
        return ""
    import segno

    drawn: str = segno.make(action["code"], error="m").svg_inline(omitsize=True, light="#fff")
    return drawn


async def or_none(asked: Any) -> Any:
    try:
        return await asked
    except Refusal:
        return None


def pace(order: Json, payment: Json | None) -> str:
    """How often to look again: every second while something is under way, "" when nothing more can happen.

    Orders and payments are told of an end one after the other, so an order that has ended is looked at until its money
    has too.
    """
    if order["status"] in FINAL:
        paid = payment["status"] if payment else "unknown"
        at_rest = (
            paid not in ("promised", "refunding") if order["status"] in ("DELIVERED", "RETURNED") else paid in UNPAID
        )
        return "" if at_rest else "3s" if paid in ("refunding", "unknown") else "1s"
    waits_for_people = payment is not None and payment["status"] in ("review", "action")
    return "1s" if order["status"] == "PENDING" and not waits_for_people else "3s"


def reached(status: str) -> int:
    """Steps done of placed, confirmed, sent, delivered; 0 where the order ended otherwise."""
    return {"PENDING": 1, "CONFIRMED": 2, "PROCESSING": 2, "SHIPPED": 3, "DELIVERED": 4}.get(status, 0)


def next_step(order: Json, payment: Json | None) -> str:
    """What happens next, in one sentence."""
    status, paid = order["status"], (payment or {}).get("status", "")
    method = order["payment"]["method"]
    if status == "PENDING":
        if paid == "waiting_proof":
            return "Transfer the total and upload the receipt below. The goods are held for you until then."
        if paid == "review":
            return "We are checking your receipt. You will get a mail when we have."
        if paid == "action":
            by_code = (payment or {}).get("action") and payment["action"].get("kind", "page") != "page"  # type: ignore[index]
            return f"Pay {'by what is shown' if by_code else 'with the button'} below. The goods are held for you until then."
        if paid == "charging":
            return "We are waiting for the bank's answer. You can close this page; we will write to you."
        return "We are reserving your goods."
    sentences = {
        "CONFIRMED": "Your order is being prepared. You will get a mail when it is sent.",
        "PROCESSING": "A part of your order is on its way; the rest follows.",
        "SHIPPED": "Your order is on its way.",
        "DELIVERED": "Your order has arrived.",
        "RETURNED": "Your order came back to us.",
        "REJECTED": "We could not accept the receipt. The goods are back on the shelf.",
        "EXPIRED": "The time to pay has passed and the goods are back on the shelf. You can order again.",
        "CANCELLED": "Nothing will be sent.",
    }
    text = sentences.get(status, "")
    if method == "cash-on-delivery" and status in ("CONFIRMED", "PROCESSING", "SHIPPED"):
        text += " Keep the amount ready for the driver."
    if status == "CANCELLED":
        text += {
            "declined": " The card was declined and nothing was charged.",
            "refunding": " Your money is on its way back.",
            "refunded": " Your money has been paid back.",
            "void": " Nothing was charged.",
        }.get(paid, "")
    return text


def fingerprint(
    order: Json, payment: Json | None, history: list[Json], returns: list[Json], shipments: list[Json]
) -> str:
    shown = [order["status"], order["actions"], order["parcels"], len(history), order.get("expires_at")]
    shown += [order.get("reduced"), [(one["id"], one["status"], one["answer"]) for one in returns]]
    shown += [(payment or {}).get(name) for name in ("status", "note", "action", "refunded")]
    shown += [(shipment["status"], len(shipment["history"])) for shipment in shipments]
    return hashlib.sha1(repr(shown).encode(), usedforsecurity=False).hexdigest()[:12]


@get("/orders/{order_id:uuid}", access=ANYONE, include_in_schema=False)
async def order(visit: NamedDependency[Visit], order_id: FromPath[UUID]) -> Page:
    token = visit.request.query_params.get("token", "")
    if not token:
        visit.need_login()
    if "back" in visit.request.query_params:  # from the provider's page
        await or_none(visit.api.post(f"/api/v1/payments/{order_id}/check", {}, token=token))
    return await show(visit, order_id, token)


async def show(visit: Visit, order_id: UUID, token: str, *, status: int = 200, wrong: str = "") -> Page:
    (found,) = await visit.framed(load(visit, order_id, token))
    return await visit.page("order.html", status=status, wrong=wrong, **found)


@get("/orders/{order_id:uuid}/live", access=ANYONE, include_in_schema=False)
async def live(visit: NamedDependency[Visit], order_id: FromPath[UUID]) -> Page:
    """The moving part of the page, or 204 while it looks as `tag` says."""
    asked = visit.request.query_params
    found = await load(visit, order_id, asked.get("token", ""))
    if found["tag"] == asked.get("tag"):
        return visit.nothing_new()
    return await visit.page("parts/order_live.html", wrong="", **found)


@post("/orders/{order_id:uuid}/cancel", access=ANYONE, include_in_schema=False)
async def cancel(visit: NamedDependency[Visit], order_id: FromPath[UUID]) -> Page:
    form = await visit.form()
    token = text(form, "token")
    try:
        await visit.api.post(
            f"/api/v1/orders/{order_id}/cancel",
            {"reason": text(form, "reason") or "Cancelled by the customer"},
            token=token,
        )
    except ApiProblem as problem:
        return await show(visit, order_id, token, status=problem.status, wrong=problem_text(problem))
    return visit.go(address(f"/orders/{order_id}", token=token))


@post("/orders/{order_id:uuid}/proof", access=ANYONE, include_in_schema=False, request_max_body_size=UPLOAD_LIMIT)
async def upload(visit: NamedDependency[Visit], order_id: FromPath[UUID]) -> Page:
    form = await visit.form()
    token, file = text(form, "token"), form.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        wrong = "Choose a file first: a photo or a PDF of the receipt."
        return await show(visit, order_id, token, status=422, wrong=wrong)
    sent = (file.filename[:100], await file.read(), file.content_type)
    try:
        await visit.api.upload(f"/api/v1/payments/{order_id}/proof", {"file": sent}, token=token)
    except ApiProblem as problem:
        rules = " ".join(f"The file {error.rule}." for error in problem.errors if error.field == "file")
        return await show(visit, order_id, token, status=problem.status, wrong=rules or problem_text(problem))
    return visit.go(address(f"/orders/{order_id}", token=token))


@get("/orders/{order_id:uuid}/proof", access=ANYONE, include_in_schema=False)
async def proof(visit: NamedDependency[Visit], order_id: FromPath[UUID]) -> Response[bytes]:
    """The uploaded receipt, for its owner and the store's admins: the API decides."""
    token = visit.request.query_params.get("token", "")
    answer = await visit.api.send("GET", f"/api/v1/payments/{order_id}/proof", params={"token": token})
    if answer.status_code != 200:
        read(answer)
        raise NotFound()
    media_type = answer.headers.get("content-type", "").split(";")[0]
    if media_type not in SHOWN_TYPES:
        raise NotFound("This file cannot be shown.")
    headers = {"cache-control": "private, no-store", "content-disposition": "inline"}
    return Response(answer.content, media_type=media_type, headers=headers)


routes = [order_list, order, live, cancel, upload, proof]
