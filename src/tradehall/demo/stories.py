"""Orders in every state, each made by going its way: placed, paid or not, shipped, delivered."""

import asyncio
import io
import time
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any, Literal, NamedTuple

from PIL import Image, ImageDraw, ImageFont

from tradehall.contracts.stores import PaymentMethod
from tradehall.demo import content
from tradehall.demo.client import PATIENCE, Client, DemoError

Ending = Literal[
    "expired", "declined", "cancelled", "confirmed", "processing", "shipped", "delivered", "in review", "rejected"
]
CARD: PaymentMethod = "card-simulated"
CASH: PaymentMethod = "cash-on-delivery"
PROOF: PaymentMethod = "proof"


class Story(NamedTuple):
    """`buyer` counts the store's shoppers."""

    ending: Ending
    method: PaymentMethod
    buyer: int
    lines: int = 1


STORIES: dict[str, list[Story]] = {
    "atlantic": [
        Story("delivered", CARD, 0, 2),
        Story("processing", CARD, 0, 2),
        Story("confirmed", CARD, 0, 3),
        Story("shipped", CARD, 1),
        Story("confirmed", CASH, 1, 2),
        Story("declined", CARD, 2),
        Story("cancelled", CARD, 2),
    ],
    "mini": [
        Story("delivered", CARD, 0, 3),
        Story("shipped", CARD, 0, 2),
        Story("confirmed", CARD, 1, 2),
        Story("confirmed", CASH, 2),
        Story("declined", CARD, 2),
    ],
    "motors": [
        Story("expired", PROOF, 2),
        Story("delivered", PROOF, 0),
        Story("in review", PROOF, 0),
        Story("confirmed", PROOF, 1),
        Story("in review", PROOF, 1),
        Story("rejected", PROOF, 2),
        Story("shipped", CARD, 2),
    ],
    "boutique": [
        Story("delivered", CARD, 0, 3),
        Story("shipped", CARD, 1, 2),
        Story("confirmed", CARD, 2, 2),
        Story("in review", PROOF, 1),
        Story("cancelled", CARD, 2),
    ],
    "bazaar": [
        Story("delivered", CARD, 0, 2),
        Story("shipped", CARD, 0, 2),
        Story("processing", CARD, 1, 2),
        Story("confirmed", CARD, 2, 3),
        Story("confirmed", CASH, 1),
        Story("declined", CARD, 2),
        Story("cancelled", CARD, 0),
    ],
}
# What the services make of an order by themselves; CONFIRMED for the rest.
SETTLED: dict[Ending, str] = {
    "expired": "EXPIRED",
    "declined": "CANCELLED",
    "in review": "PENDING",
    "rejected": "REJECTED",
}


class Opinion(NamedTuple):
    """What a buyer says of what has arrived, and what the seller replies."""

    rating: int
    title: str
    text: str
    reply: str = ""


# By SKU.
OPINIONS = {
    "ALDER-MOSS-2P": Opinion(
        5,
        "Dry after a night of rain",
        "We pitched it in a downpour and the inner stayed dry, as promised. Two doors: nobody climbs over anybody. The "
        "pegs are thin; on stony ground I would bring others.",
        "Thank you, Lena. From this summer on the tent comes with the stronger pegs; write to us and we send you a set.",
    ),
    "HARBOR-4P": Opinion(
        3,
        "Roomy, and really heavy",
        "You can stand in it, and at noon it is cool inside. Carry it no further than from the car, and let it dry for a "
        "day before it goes back into its bag.",
    ),
    "SERRA23-CHAL": Opinion(
        5, "We use nothing else", "Soup, pasta, salad. Each has its own freckles, and all have survived the dishwasher."
    ),
    "SERRA27-CHAL": Opinion(4, "Beautiful, and smaller than I thought", "Measure your food. I do not regret it."),
    "B014243720-PAPE": Opinion(
        5,
        "The locked floor got me again",
        "Third reading. I bought the second copy to give it away, so that I keep mine.",
    ),
    "B043955493-PAPE": Opinion(
        4, "", "Read to a child of eight in eleven evenings. The print is small for tired eyes."
    ),
}


class Told(NamedTuple):
    """A story of a store with what it needs: lines as (sku, units), and the buyer's own client."""

    number: int
    story: Story
    lines: list[tuple[str, int]]
    buyer: content.Shopper
    client: Client


def assign(store: content.Store, stories: Sequence[Story]) -> list[list[tuple[str, int]]]:
    """Goods for each story, none twice: neighbours come from different sellers, and none is nearly gone."""
    enough = 6 if store.slug != "motors" else 1
    by_seller: dict[str, list[str]] = {}
    for product in store.products[:: max(1, len(store.products) // 30)]:
        fit = [variant for variant in product.variants if variant.on_hand >= enough]
        if fit:
            by_seller.setdefault(product.seller, []).append(fit[0].sku)
    mixed = [sku for rank in zip_longest(*by_seller.values()) for sku in rank if sku]
    taken = iter(mixed)
    return [[(next(taken), 1 + (line % 2 if enough > 1 else 0)) for line in range(story.lines)] for story in stories]


async def tell(told: Told, variants: dict[str, dict[str, Any]], admin: Client, currency: str) -> None:
    """Makes the order and brings it to its ending. Told again it changes nothing: the key is the story's own."""
    order = await _place(told, variants, currency)
    ending, path = told.story.ending, f"/api/v1/orders/{order['id']}"
    link: dict[str, str] = {"token": order["link"]}
    if told.story.method == PROOF and ending != "expired":
        await _pay_by_proof(told, order, link, admin)
    await _settled(told.client, path, link, SETTLED.get(ending, "CONFIRMED"))
    if ending == "cancelled":
        await told.client.call("POST", f"{path}/cancel", {"reason": "Ordered by mistake"}, fine={409}, params=link)
    if ending in ("processing", "shipped", "delivered"):
        parcel = {"parcel_id": order["parcels"][0]["id"]} if ending == "processing" else {}
        papers = {"carrier": "Harbor Parcel", "tracking_number": f"HP{order['number'].replace('-', '')}"}
        await admin.call("POST", f"{path}/ship", papers | parcel, fine={409})
    if ending == "delivered":
        await admin.call("POST", f"{path}/deliver", {}, fine={409})
        await _review(told, path, link, variants, admin)


async def _review(
    told: Told, path: str, link: dict[str, str], variants: dict[str, dict[str, Any]], admin: Client
) -> None:
    found = await told.client.call("GET", f"{path}/reviews", params=link, soon={404})
    told_before = {line["variant_id"] for line in found["items"] if line["review"]}
    for sku, _ in told.lines:
        opinion, variant_id = OPINIONS.get(sku), variants[sku]["id"]
        if opinion is None or variant_id in told_before:
            continue
        body = {"variant_id": variant_id, "rating": opinion.rating, "title": opinion.title, "text": opinion.text}
        made = await told.client.call("POST", f"{path}/reviews", body, params=link, soon={404, 409, 422})
        if opinion.reply:
            await admin.call("PUT", f"/api/v1/reviews/{made['id']}/reply", {"text": opinion.reply})


async def _place(told: Told, variants: dict[str, dict[str, Any]], currency: str) -> Any:
    lines = [{"variant_id": variants[sku]["id"], "quantity": units} for sku, units in told.lines]
    address = {name: getattr(told.buyer.address, name) for name in told.buyer.address.__struct_fields__}
    quoted = await told.client.call(
        "POST", "/api/v1/shipping/quotes", {"lines": lines, "address": address}, soon={404, 409, 422}
    )
    option = quoted["options"][0]
    goods = sum(variants[sku]["price"]["amount"] * units for sku, units in told.lines)
    body = {
        "lines": lines,
        "email": told.buyer.email,
        "name": told.buyer.name,
        "address": address,
        "shipping": option["code"],
        "payment": {"method": told.story.method} | _token(told.story),
        "expected_total": {"amount": goods + option["price"]["amount"], "currency": currency},
    }
    key = {"idempotency-key": f"demo-{told.number}"}
    return await told.client.call("POST", "/api/v1/orders", body, headers=key, soon={409, 422})


def _token(story: Story) -> dict[str, str]:
    if story.method != CARD:
        return {}
    return {"token": "tok_declined" if story.ending == "declined" else "tok_ok"}


async def _settled(client: Client, path: str, link: dict[str, str], wanted: str) -> None:
    until = time.monotonic() + PATIENCE
    seen = "PENDING"
    while seen != wanted:
        order = await client.call("GET", path, params=link)
        seen = order["status"]
        if wanted == "CONFIRMED" and seen in ("PROCESSING", "SHIPPED", "DELIVERED", "CANCELLED"):
            return  # told before
        if time.monotonic() > until:
            raise DemoError(f"order {order['number']} is {seen} and not {wanted} after {PATIENCE:.0f} s")
        await asyncio.sleep(0.05)


async def _pay_by_proof(told: Told, order: Any, link: dict[str, str], admin: Client) -> None:
    """Uploads a slip and has it reviewed, unless the story leaves it to the admin who looks at the demo."""
    now = await told.client.call("GET", f"/api/v1/orders/{order['id']}", params=link)
    if now["status"] != "PENDING":
        return  # told before
    total = order["total"]
    slip = receipt(order["number"], f"{total['currency']} {total['amount'] / 100:,.2f}", told.buyer.name)
    file = {"file": ("receipt.png", slip, "image/png")}
    await told.client.call("POST", f"/api/v1/payments/{order['id']}/proof", files=file, soon={404, 409}, params=link)
    if told.story.ending == "rejected":
        note = {"note": "The amount does not match."}
        await admin.call("POST", f"/api/v1/payments/{order['id']}/reject", note, fine={409})
    elif told.story.ending != "in review":
        await admin.call(
            "POST", f"/api/v1/payments/{order['id']}/approve", {"note": "Received, thank you."}, fine={409}
        )


def receipt(number: str, amount: str, payer: str) -> bytes:
    """A bank's slip as PNG, the proof that a transfer was made."""
    page = Image.new("RGB", (640, 420), "#fbfaf6")
    pen = ImageDraw.Draw(page)
    pen.rectangle((0, 0, 640, 74), fill="#23413a")
    pen.text((32, 22), "Millrace Savings Bank", fill="#ffffff", font=ImageFont.load_default(26))
    for row, (label, value) in enumerate(
        [("Transfer", "executed"), ("From", payer), ("Reference", number), ("Amount", amount)]
    ):
        pen.text((32, 116 + row * 64), label, fill="#6b746f", font=ImageFont.load_default(18))
        pen.text((220, 112 + row * 64), value, fill="#1c2421", font=ImageFont.load_default(24))
        pen.line((32, 156 + row * 64, 608, 156 + row * 64), fill="#dedbd0")
    packed = io.BytesIO()
    page.save(packed, "PNG")
    return packed.getvalue()
