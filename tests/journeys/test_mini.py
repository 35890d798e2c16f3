"""`mini` is the small shop of services it stands for: people are known by e-mail and telephone, pay by the card gateway of their
choice, follow the parcel, and hear of it by mail, SMS and push."""

import random
import re

from tests.journeys.outside import Outside, ordered, paid_at
from tests.journeys.program import Program
from tests.journeys.shop import ADDRESS, MAILS, Json, People, Person, equals, eventually
from tests.journeys.test_accounts import mailed_code
from tests.journeys.test_hard_times import SmallShop
from tests.services.notifications.carriers import Browser as Telephone
from tradehall.demo import DEMO_PASSWORD, content

ACCOUNTS = "/api/v1/payments/accounts"
STEPS = ["PREPARING", "SHIPPED", "IN_TRANSIT", "OUT_FOR_DELIVERY", "DELIVERED"]


async def test_a_small_shop_of_services(people: People, around: Outside) -> None:
    admin, buyer = await people.admin("mini"), people.guest("mini")
    number = f"+4940{random.randrange(10**6, 10**7)}"
    await known(people, around, admin, buyer, number)
    telephone = await reached(around, buyer)
    orders = [await by_gateway(around, admin, buyer, name, number) for name in ("stripe", "paypal")]
    tracking = await carried(admin, buyer, orders[0])
    await told(around, buyer, orders[0], tracking, number, telephone)


async def known(people: People, around: Outside, admin: Person, buyer: Person, number: str) -> None:
    """By a code that is mailed, and one that comes by SMS; all on the pages."""
    keys = {"account": around.sms.account, "token": around.sms.token, "sender": "+15550001111"}
    await admin.ask("PUT", "/api/v1/notifications/sms-account", keys)
    page = people.browser("mini")
    await page.open("/register")
    await page.send("/register", name="Ada Quill", email=buyer.email, password=DEMO_PASSWORD)
    assert "not confirmed yet" in (await page.open("/account")).text
    code = await mailed_code(buyer, "email_verification")
    assert "Your e-mail address is confirmed" in (await page.send("/account/verify", code=code)).text

    await page.open("/account/phone")
    assert "A code is on its way" in (await page.send("/account/phone", phone=number)).text

    async def arrived() -> str | None:
        return next((one["body"] for one in around.sms.to(number)), None)

    (digits,) = re.findall(r"\b\d{6}\b", await eventually(arrived))
    assert "Your number is confirmed." in (await page.send("/account/phone/confirm", code=digits)).text
    await buyer.sign_in()
    me = await buyer.get("/api/v1/me")
    assert (me["email_verified"], me["phone"]) == (True, number)


async def reached(around: Outside, buyer: Person) -> Telephone:
    """Wants to hear of parcels in every way there is."""
    telephone = Telephone()
    await buyer.ask("POST", "/api/v1/me/devices", telephone.subscription(around.push.port), status=201)
    wanted = dict.fromkeys(("email", "sms", "push", "in_app"), True)
    await buyer.ask("PUT", "/api/v1/me/message-choices", {"kinds": {"parcels": wanted}})
    return telephone


async def by_gateway(around: Outside, admin: Person, buyer: Person, name: str, number: str) -> Json:
    """The store takes it into its checkout by configuration alone, and the buyer pays there."""
    server = around.payments[name]
    choice = server.ways["page"]
    await admin.ask("PUT", ACCOUNTS, {"provider": name, **server.account})
    methods = (await admin.get("/api/v1/store"))["payment_methods"]
    if choice.method not in methods:
        await admin.ask("PATCH", "/api/v1/store", {"payment_methods": [*methods, choice.method]})
    variant = await buyer.choose(least=6)

    async def offered() -> bool:
        return choice.method in (await buyer.get("/api/v1/store"))["offered_methods"]

    await equals(True, offered)
    order = await ordered(buyer, [(variant, 1)], choice, number)
    await paid_at(server, buyer, order)
    return order


async def carried(admin: Person, buyer: Person, order: Json) -> str:
    """By a carrier that makes the label and moves the parcel; its number."""
    carrier = {"carrier": "simulated", "name": "Simulated Post", "pace": 0.3}
    await admin.ask("PUT", "/api/v1/shipping/accounts/simulated", carrier)
    path = f"/api/v1/orders/{order['id']}/shipments"

    async def packed() -> Json | None:
        answer = await buyer.http.get(path)
        found = answer.json()["items"] if answer.is_success else []
        return found[0] if found else None

    parcel = await eventually(packed)
    await admin.ask("POST", f"/api/v1/shipments/{parcel['id']}/label", {"account": "simulated"}, status=202)
    await buyer.until(order, "DELIVERED")
    (arrived,) = (await buyer.get(path))["items"]
    assert [step["status"] for step in arrived["history"]] == STEPS
    return str(arrived["tracking_number"])


async def told(around: Outside, buyer: Person, order: Json, tracking: str, number: str, telephone: Telephone) -> None:
    """Once each way of each step."""
    await equals(MAILS, lambda: buyer.mails(order))

    async def texts() -> int:
        return sum(order["number"] in one["body"] for one in around.sms.to(number))

    async def pushed() -> int:
        got = [telephone.read(asked.body) for asked in around.push.got.get(telephone.name, [])]
        return sum(order["number"] in str(message) for message in got)

    for count in (texts, pushed):
        await equals(2, count)  # shipped, delivered
    assert any(tracking in one["body"] for one in around.sms.to(number))


async def test_the_same_shop_in_jakarta(people: People, program: Program, around: Outside) -> None:
    """Xendit and Midtrans take no dollars: the same configuration in rupiah, opened by an operator."""
    same, slug = content.store("mini"), "mini-jakarta"
    operator = await people.operator("mini")
    store = {
        "slug": slug,
        "name": "Mini Jakarta",
        "currency": "IDR",
        "checkout_mode": same.checkout_mode,
        "payment_methods": ["xendit", "midtrans"],
        "order_profile": {"labels": same.order_profile.labels},
    }
    await operator.ask("POST", "/api/v1/stores", store, status=201)
    admin = await eventually(lambda: an_admin(people, slug))
    await admin.ask("PUT", "/api/v1/warehouses/main", {"name": "Main", "address": ADDRESS})
    await admin.ask("PUT", "/api/v1/shipping/rates", {"rates": [{"code": "standard", "name": "Post", "price": 500}]})
    seller = {"slug": "mini", "name": "Mini", "email": "house@jakarta.example", "password": DEMO_PASSWORD}
    await admin.ask("POST", "/api/v1/sellers", seller)
    buyer = await people.shopper(slug)
    shop = SmallShop(program, admin, buyer)
    variant = await shop.stock(10, 2_000_000)
    await shop.draft("xendit")  # every service knows of it
    for name in ("xendit", "midtrans"):
        server = around.payments[name]
        await admin.ask("PUT", ACCOUNTS, {"provider": name, **server.account})
        order = await ordered(buyer, [(variant, 1)], server.ways["page"])
        await paid_at(server, buyer, order)
        page = people.browser(slug)
        await page.log_in(buyer.email, DEMO_PASSWORD)
        assert order["number"] in (await page.open(f"/orders/{order['id']}")).text


async def an_admin(people: People, slug: str) -> Person | None:
    """Of a store whose opening some service may not have heard of yet."""
    try:
        return await people.staff(slug, "store_admin")
    except AssertionError:
        return None
