"""The sales report beside the orders: what is bought, cancelled in part and whole, and sent back, to the cent."""

from typing import Any

from tests.journeys.program import Program
from tests.journeys.shop import PAPERS, People, Person, equals


async def earned(admin: Person) -> int:
    total = (await admin.get("/api/v1/sales/report"))["total"]
    return int(total["revenue"] + total["shipping"])


async def owed(buyer: Person, orders: list[dict[str, Any]]) -> int:
    found = [await buyer.get(f"/api/v1/orders/{order['id']}") for order in orders]
    return sum(o["total"]["amount"] - o["reduced"]["amount"] for o in found if o["status"] != "CANCELLED")


async def test_the_report_is_what_the_orders_come_to(people: People, program: Program) -> None:
    buyer, admin = await people.shopper("atlantic"), await people.admin("atlantic")
    await admin.ask("PUT", "/api/v1/analytics/settings", {"clicks": "counted", "margin": 20})
    before = await earned(admin)
    variant = await buyer.choose(seller="northlight", least=12)
    await admin.ask("PUT", f"/api/v1/costs/{variant['id']}", {"unit": 100})
    orders = [await buyer.buy([(variant, units)]) for units in (3, 2, 1, 2)]
    for order in orders:
        await buyer.until(order, "CONFIRMED")
    await equals(before + await owed(buyer, orders), lambda: earned(admin))

    line = (await buyer.get(f"/api/v1/orders/{orders[0]['id']}"))["lines"][0]
    part = {"lines": [{"line_id": line["line_id"], "quantity": 1}], "reason": "One is enough."}
    await buyer.ask("POST", f"/api/v1/orders/{orders[0]['id']}/lines/cancel", part, headers={"idempotency-key": "one"})
    await buyer.ask("POST", f"/api/v1/orders/{orders[1]['id']}/cancel", {"reason": "Changed my mind."})
    await buyer.until(orders[1], "CANCELLED")
    await back(buyer, admin, orders[3])
    assert (await buyer.get(f"/api/v1/orders/{orders[3]['id']}"))["reduced"]["amount"] > 0
    await equals(before + await owed(buyer, orders), lambda: earned(admin))

    warehouses = await admin.get("/api/v1/sales/report", by="warehouse")
    named = {row["keys"][0]["name"] for row in warehouses["items"] if row["quantity"]}
    assert named - {""}
    for store in ("atlantic", "motors"):
        told = program.run("analytics", "reconcile", "--store", store)
        assert (told.returncode, "0 differ" in told.stdout) == (0, True), told.stdout + told.stderr


async def back(buyer: Person, admin: Person, order: dict[str, Any]) -> None:
    """One of its pieces."""
    await admin.ask("POST", f"/api/v1/orders/{order['id']}/ship", PAPERS)
    await admin.ask("POST", f"/api/v1/orders/{order['id']}/deliver", {})
    await buyer.until(order, "DELIVERED")
    line = (await buyer.get(f"/api/v1/orders/{order['id']}"))["lines"][0]
    asked = {"lines": [{"line_id": line["line_id"], "quantity": 1}], "reason": "Too small."}
    key = {"idempotency-key": "back"}
    made = await buyer.ask("POST", f"/api/v1/orders/{order['id']}/returns", asked, headers=key)
    path = f"/api/v1/returns/{made['items'][0]['id']}"
    await admin.ask("POST", f"{path}/approve", {"answer": "Send it."})
    await admin.ask("POST", f"{path}/receive", {})
