"""On the pages, without a script: a part of an order is cancelled, the rest comes back; money and stock follow."""

from typing import Any

import httpx

from tests.journeys.program import Program
from tests.journeys.shop import People, Person, equals
from tests.web.browser import Browser
from tradehall.demo import DEMO_PASSWORD

PAPERS = {"carrier": "Harbor Parcel", "tracking_number": "HP-2"}


def browser(program: Program, store: str) -> Browser:
    headers = {"host": f"{store}.localhost", "accept": "text/html"}
    return Browser(httpx.AsyncClient(base_url=program.url, headers=headers, timeout=30, trust_env=False))


async def paid_back(admin: Person, order: dict[str, Any]) -> tuple[str, int]:
    payment = await admin.get(f"/api/v1/payments/{order['id']}")
    return payment["status"], sum(refund["amount"]["amount"] for refund in payment["refunds"])


async def test_cancelled_in_part_and_sent_back_on_the_pages(program: Program, people: People) -> None:
    guest, admin = people.guest("atlantic"), await people.admin("atlantic")
    variant = await guest.choose(seller="northlight", least=8)
    price = variant["price"]["amount"]
    stock = await admin.levels(variant)
    order = await guest.buy([(variant, 3)])
    await guest.until(order, "CONFIRMED")
    await equals((stock[0] - 3, stock[1]), lambda: admin.levels(variant))
    mine, office = browser(program, "atlantic"), browser(program, "atlantic")
    page, back = f"/orders/{order['id']}", f"/admin/orders/{order['id']}"
    (line,) = (await guest.get(f"/api/v1/orders/{order['id']}", token=order["link"]))["lines"]
    field = f"n-{line['line_id']}"
    try:
        await mine.open(f"{page}?token={order['link']}")
        nothing = await mine.send(f"{page}/lines/cancel")
        assert (nothing.status_code, "Say of which line how many." in nothing.text) == (422, True)
        assert "1 cancelled" in (await mine.send(f"{page}/lines/cancel", **{field: "1"})).text
        await equals(("paid", price), lambda: paid_back(admin, order))
        await equals((stock[0] - 2, stock[1]), lambda: admin.levels(variant))

        await admin.ask("POST", f"/api/v1/orders/{order['id']}/ship", PAPERS)
        await admin.ask("POST", f"/api/v1/orders/{order['id']}/deliver", {})
        await mine.open(f"{page}?token={order['link']}")
        asked = await mine.send(f"{page}/returns", **{field: "2", "reason": "Too blue"})
        assert "2 to come back" in asked.text
        assert "Asked for" in asked.text
        (one,) = (await guest.get(f"/api/v1/orders/{order['id']}/returns", token=order["link"]))["items"]

        await office.log_in(admin.email, DEMO_PASSWORD)
        queue = await office.open("/admin/returns")
        assert order["number"] in queue.text
        assert "Too blue" in queue.text
        await office.open(back)
        path = f"{back}/returns/{one['id']}"
        assert "To be sent back" in (await office.send(f"{path}/approve", answer="To pier 3")).text
        assert "To pier 3" in (await mine.open(f"{page}?token={order['link']}")).text
        wrong = await office.send(f"{path}/receive", **{f"amount-{line['line_id']}": "1,000"})
        assert wrong.status_code == 422
        assert "is no amount" in wrong.text
        shipping = order["shipping"]["price"]["amount"]
        done = await office.send(f"{path}/receive", shipping=f"{shipping / 100:.2f}")
        assert done.status_code == 200
        assert "Came back" in done.text
        noted = await office.send(f"{back}/notes", text="Looks <new>")
        assert "Looks &lt;new&gt;" in noted.text
        assert "Looks" not in (await mine.open(f"{page}?token={order['link']}")).text
        await guest.until(order, "RETURNED")
        await equals(("refunded", order["total"]["amount"]), lambda: paid_back(admin, order))
        await equals(stock, lambda: admin.levels(variant))
        assert "Looks" not in (await office.send(_removal(office))).text
    finally:
        await mine.client.aclose()
        await office.client.aclose()


def _removal(office: Browser) -> str:
    """The action of the note's form."""
    (action,) = [
        part.split('"')[0] for part in office.page.text.split('action="')[1:] if "/remove" in part.split('"')[0]
    ]
    return action
