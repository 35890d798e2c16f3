"""`motors` is the shop of cars it stands for: carried by distance from the nearest of several warehouses, paid by a proof that
an admin reviews, in time or not at all, and reported to the cent."""

import csv
import io
import re
import zipfile
from typing import Any

from tests.journeys.shop import ADDRESS, Json, People, Person, equals, sent_on
from tests.pdf import text_of
from tradehall.demo import DEMO_PASSWORD
from tradehall.demo.stories import receipt

HALLS = {"midwest": 43604, "south": 31401, "west": 93721}  # by zip
NEAR = {"midwest": 44101, "south": 31501, "west": 94103}
MARGIN = 15


async def test_a_shop_of_cars(people: People) -> None:
    buyer, admin = await people.shopper("motors"), await people.admin("motors")
    car = await a_car(buyer, admin)
    await carried_by_distance(buyer, car)
    await between_halls(admin, car)
    await admin.ask("POST", "/api/v1/stock/counts", {"counts": [hall_count(car, hall, 3) for hall in HALLS]})
    await turned_down(buyer, admin, car)
    await out_of_time(buyer, admin, car)
    paid = [await paid_by_proof(people, buyer, admin, car), await from_two_halls(buyer, admin, car)]
    await reported(admin, car, paid)


async def a_car(buyer: Person, admin: Person) -> Json:
    """One of the store's that nobody has bought or holds, with its figures; three in each hall."""
    for listed in (await buyer.get("/api/v1/products", limit=60))["items"]:
        sold = (await admin.get("/api/v1/sales/report", product=listed["id"]))["total"]["quantity"]
        stock = (await admin.get("/api/v1/stock", sku=listed["variants"][0]["sku"]))["items"]
        if not sold + sum(row["reserved"] for row in stock):
            break
    product = await buyer.get(f"/api/v1/products/{listed['slug']}")
    specified = {spec["name"]: spec["value"] for spec in product["specifications"]}
    assert 1970 <= specified["Year"] <= 1982
    assert specified.keys() >= {"Power", "Cylinders", "Displacement"}
    variant: Json = product["variants"][0] | {"product": product["id"]}
    await admin.ask("POST", "/api/v1/stock/counts", {"counts": [hall_count(variant, hall, 3) for hall in HALLS]})
    return variant


def hall_count(car: Json, hall: str, units: int) -> Json:
    return {"variant_id": car["id"], "warehouse": hall, "quantity": units}


async def at(admin: Person, car: Json) -> dict[str, int]:
    """What stands in each hall."""
    found = (await admin.get("/api/v1/stock", sku=car["sku"]))["items"]
    return {row["warehouse"]: row["on_hand"] - row["reserved"] for row in found}


def going_to(zip_code: int) -> Json:
    return ADDRESS | {"zip": f"{zip_code:05}"}


async def carried_by_distance(buyer: Person, car: Json) -> None:
    """2 × |from − to + 1| for each, from the nearest."""
    prices = []
    for hall, zip_code in NEAR.items():
        for units in (1, 3):
            lines = [{"variant_id": car["id"], "quantity": units}]
            asked = {"lines": lines, "address": going_to(zip_code)}
            (option,) = (await buyer.ask("POST", "/api/v1/shipping/quotes", asked))["options"]
            assert option["price"]["amount"] == 2 * abs(HALLS[hall] - zip_code + 1) * units
            prices.append(option["price"]["amount"])
    assert prices == [992, 2976, 198, 594, 762, 2286]


async def between_halls(admin: Person, car: Json) -> None:
    """Two come in, one is driven to another hall, and there somebody counts."""
    before, id = await at(admin, car), car["id"]
    arrived = hall_count(car, "west", 2) | {"reason": "From the boat", "reference": "BL-77"}
    await admin.ask("POST", "/api/v1/stock/receive", arrived)
    driven = {"variant_id": id, "from": "west", "to": "south", "quantity": 1}
    await admin.ask("POST", "/api/v1/stock/transfer", driven)
    sheet = await admin.ask("POST", "/api/v1/counts", {"warehouse": "south", "note": "After the storm"})
    counted = {"lines": [{"variant_id": id, "counted": before["south"]}]}  # one less than the books say by now
    await admin.ask("PUT", f"/api/v1/counts/{sheet['id']}/lines", counted)
    await admin.ask("POST", f"/api/v1/counts/{sheet['id']}/book")
    assert await at(admin, car) == before | {"west": before["west"] + 1}
    moved = (await admin.get(f"/api/v1/stock/{id}/movements", limit=4))["items"]
    assert [(one["kind"], one["warehouse"], one["on_hand_delta"]) for one in reversed(moved)] == [
        ("receive", "west", 2),
        ("transfer_out", "west", -1),
        ("transfer_in", "south", 1),
        ("count", "south", -1),
    ]


async def turned_down(buyer: Person, admin: Person, car: Json) -> None:
    """A proof that does not fit ends the order, and the car is back."""
    before = await at(admin, car)
    order = await buyer.buy([(car, 1)], "proof")
    await proved(buyer, order)
    await admin.ask("POST", f"/api/v1/payments/{order['id']}/reject", {"note": "Another amount."})
    await buyer.until(order, "REJECTED")
    await equals(before, lambda: at(admin, car))
    await equals(["order_cancelled", "order_placed"], lambda: buyer.mails(order))
    late = await buyer.http.post(f"/api/v1/payments/{order['id']}/proof", files={"file": slip(order)})
    assert late.status_code == 409


async def out_of_time(buyer: Person, admin: Person, car: Json) -> None:
    """Nobody pays within the store's deadline, which is short for once."""
    before = await at(admin, car)
    usual = (await admin.get("/api/v1/store"))["order_expiry_seconds"]
    await admin.ask("PATCH", "/api/v1/store", {"order_expiry_seconds": 1})
    try:
        order = await buyer.buy([(car, 2)], "proof")
        await buyer.until(order, "EXPIRED")
    finally:
        await admin.ask("PATCH", "/api/v1/store", {"order_expiry_seconds": usual})
    await equals(before, lambda: at(admin, car))
    await equals(["hold", "release"], lambda: admin.movements(car, order))


async def paid_by_proof(people: People, buyer: Person, admin: Person, car: Json) -> Json:
    """On the pages: the order waits in the words of the store, an admin looks at the slip and approves."""
    order = await buyer.buy([(car, 1)], "proof")
    mine, office = people.browser("motors"), people.browser("motors")
    assert "Waiting for payment" in (await mine.open(f"/orders/{order['id']}?token={order['link']}")).text
    await proved(buyer, order)
    (waiting,) = [
        p for p in (await admin.get("/api/v1/payments", status="review"))["items"] if p["order_id"] == order["id"]
    ]
    found = await admin.http.get(waiting["proof"]["url"])
    assert (found.status_code, found.headers["content-type"]) == (200, "image/png")
    assert (await buyer.until(order, "PENDING"))["status"] == "PENDING"
    await office.log_in(admin.email, DEMO_PASSWORD)
    assert f'src="/orders/{order["id"]}/proof"' in (await office.open("/admin/payments")).text
    await office.send(f"/admin/payments/{waiting['id']}/approve", note="Received.")
    await sent_on(buyer, admin, order, [car])
    return order


async def from_two_halls(buyer: Person, admin: Person, car: Json) -> Json:
    """The nearest hall gives first all that it has, and the next nearest the rest."""
    before = await at(admin, car)
    units = before["midwest"] + 1
    draft = await buyer.draft([(car, units)], "proof", address=going_to(NEAR["midwest"]))
    order = await buyer.place(draft)
    assert order["shipping"]["price"]["amount"] == 992 * units
    await proved(buyer, order)
    await admin.ask("POST", f"/api/v1/payments/{order['id']}/approve", {"note": "Received."})
    await buyer.until(order, "CONFIRMED")
    await equals(before | {"midwest": 0, "south": before["south"] - 1}, lambda: at(admin, car))
    return order


async def reported(admin: Person, car: Json, orders: list[Json]) -> None:
    """What was sold of the car, with the margin that the store takes where nobody told a cost; in every kind of file."""
    units = sum(line["quantity"] for order in orders for line in order["lines"])
    price = car["price"]["amount"]
    revenue = sum(order["subtotal"]["amount"] for order in orders)
    margin = units * ((price * MARGIN + 50) // 100)
    asked = {"product": car["product"], "by": "product"}

    async def figures() -> tuple[int, ...]:
        total = (await admin.get("/api/v1/sales/report", **asked))["total"]
        return tuple(total[name] for name in ("orders", "quantity", "revenue", "estimated", "margin"))

    assert revenue == units * price
    await equals((len(orders), units, revenue, revenue - margin, margin), figures)
    total = [f"{amount / 100:.2f}" for amount in (price, revenue, revenue - margin, revenue - margin, margin)]

    async def file(format: str) -> bytes:
        answer = await admin.http.get("/api/v1/sales/report/file", params=asked | {"format": format})
        assert answer.status_code == 200, answer.text
        return answer.content

    rows = list(csv.reader(io.StringIO((await file("csv")).decode("utf-8-sig"))))
    assert rows[-1][:9] == ["Total", str(len(orders)), str(units), *total, "15.0"]
    page = zipfile.ZipFile(io.BytesIO(await file("xlsx"))).read("xl/worksheets/sheet1.xml").decode()
    last = [float(number) for number in re.findall(r"<v>([^<]+)</v>", page.rsplit("<row", 1)[1])[:8]]
    assert last == [len(orders), units, *map(float, total), 15.0]
    printed = text_of(await file("pdf")).splitlines()[-1].split()
    assert printed == [*rows[-1][:1], *filter(None, rows[-1][1:])]


async def proved(buyer: Person, order: dict[str, Any]) -> None:
    """Once the goods are held, payments takes the proof."""

    async def uploaded() -> int:
        answer = await buyer.http.post(
            f"/api/v1/payments/{order['id']}/proof", files={"file": slip(order)}, params={"token": order["link"]}
        )
        assert answer.status_code in (200, 404, 409), answer.text
        return answer.status_code

    await equals(200, uploaded)


def slip(order: dict[str, Any]) -> tuple[str, bytes, str]:
    return ("slip.png", receipt(order["number"], "USD 1.00", "Ada Quill"), "image/png")
