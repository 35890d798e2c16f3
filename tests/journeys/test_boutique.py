"""`boutique` is the store in minutes it stands for: signed up for by plan on the landing page, with its own look and domain, sold
to guests alone, paid at pagar.me or whatever else is plugged in."""

import re
from typing import Any

from tests.journeys.outside import Outside, ordered, paid_at
from tests.journeys.program import Program
from tests.journeys.shop import ADDRESS, Json, People, Person, equals, eventually, sent_on
from tests.journeys.test_hard_times import SmallShop
from tests.providers.pagarme import CPF
from tests.web.browser import Browser
from tradehall.contracts.orders import PaymentChoice
from tradehall.contracts.stores import PaymentMethod
from tradehall.demo import DEMO_PASSWORD

SLUG, NAME, DOMAIN = "casa-nova", "Casa Nova", "loja.casa-nova.example.com"
PAGARME: list[PaymentMethod] = ["pagarme-card", "pagarme-pix", "pagarme-boleto"]
LOGO = b'<svg xmlns="http://www.w3.org/2000/svg" width="240" height="60"><rect width="240" height="60" fill="#7a2e1d"/></svg>'
ACCENT = "#7a2e1d"


async def test_a_store_in_minutes(people: People, program: Program, around: Outside) -> None:
    admin = await signed_up(people)
    guest = people.guest(SLUG)
    await set_up(people, around, admin)
    await at_its_own_domain(people, around, admin)
    shop = SmallShop(program, admin, guest)
    bowl = await shop.stock(9, 12_900)
    await shop.draft("pagarme-pix")  # every service knows of it
    await without_an_account(people)
    order = await first_order(people, around, guest, bowl)
    await sent_on(guest, admin, order, [bowl])
    for method in PAGARME[1:]:
        choice = PaymentChoice(method=method, tax_id=CPF)
        await paid_at(around.payments["pagarme"], guest, await ordered(guest, [(bowl, 1)], choice))
    await another_gateway(around, guest, admin, bowl)


async def signed_up(people: People) -> Person:
    """From the landing page to the back office; whoever is paid for is let in by a mail, and chooses a password."""
    visitor, owner = people.browser("www"), people.guest(SLUG)
    landing = await visitor.open("/")
    assert "Growth" in landing.text
    await visitor.open("/start/signup?plan=growth&months=12")
    await visitor.send("/start/signup", name=NAME, slug=SLUG, email=owner.email, card="tok_ok")
    begun = visitor.page.url.path
    code = await mailed(owner, "/api/v1/platform/mailbox", "signup_code", r"^ *(\d{6})$")
    await visitor.send(f"{begun}/verify", code=code)

    async def open() -> bool:
        return "Your store is open" in (await visitor.open(str(visitor.page.url))).text

    await equals(True, open)
    token = await mailed(owner, "/api/v1/mailbox", "staff_invitation", r"/invitation\?token=([\w-]+)")
    office = people.browser(SLUG)
    await office.open(f"/invitation?token={token}")
    page = await office.send("/invitation", name="Luzia", password=DEMO_PASSWORD)
    assert page.status_code == 200, page.text
    return await owner.sign_in()


async def mailed(person: Person, mailbox: str, template: str, pattern: str) -> str:
    """What the pattern says of the mail to them."""

    async def arrived() -> str | None:
        answer = await person.http.get(mailbox, params={"q": person.email})
        for mail in answer.json()["items"] if answer.is_success else []:
            if mail["template"] == template:
                text = (await person.get(f"{mailbox}/{mail['id']}"))["text"]
                return re.findall(pattern, text, re.MULTILINE)[0]
        return None

    return await eventually(arrived)


async def set_up(people: People, around: Outside, admin: Person) -> None:
    """For guests alone, in reais, paid at pagar.me by default; in its own colours, under its own logo."""
    around_the_corner = ADDRESS | {"zip": "12530-000", "country": "BR", "city": "Cunha"}
    await admin.ask("PUT", "/api/v1/warehouses/main", {"name": "Ateliê", "address": around_the_corner})
    settings: dict[str, Any] = {"currency": "BRL", "checkout_mode": "guest", "payment_methods": PAGARME}
    await admin.ask("PATCH", "/api/v1/store", settings)
    account = {"provider": "pagarme", **around.payments["pagarme"].account}

    async def taken() -> bool:
        """As soon as payments, a process of its own, has heard of the currency."""
        answer = await admin.http.put("/api/v1/payments/accounts", json=account)
        assert answer.is_success or "this store sells in USD" in answer.text, answer.text
        return answer.is_success

    await eventually(taken)
    seller = {"slug": "house", "name": NAME, "email": "house@casa-nova.example", "password": DEMO_PASSWORD}
    await admin.ask("POST", "/api/v1/sellers", seller)
    office = people.browser(SLUG)
    await office.log_in(admin.email, DEMO_PASSWORD)
    await office.open("/admin/look")
    assert "Saved." in (await office.send("/admin/look", accent=ACCENT)).text
    assert "Saved." in (await office.send("/admin/look/logo", image=("logo.svg", LOGO, "image/svg+xml"))).text


async def at_its_own_domain(people: People, around: Outside, admin: Person) -> None:
    """Proven in the DNS; before that nobody is served there."""
    claimed = await admin.ask("POST", "/api/v1/store/domains", {"host": DOMAIN})
    shopper = people.browser(DOMAIN)
    assert (await shopper.open("/")).status_code == 404
    await admin.ask("POST", f"/api/v1/store/domains/{DOMAIN}/verify", status=409)
    around.names.texts[claimed["record"]["name"]] = [claimed["record"]["value"]]
    await admin.ask("POST", f"/api/v1/store/domains/{DOMAIN}/verify", status=200)
    await admin.ask("POST", f"/api/v1/store/domains/{DOMAIN}/primary", status=200)

    async def served() -> list[bool]:
        page = await shopper.client.get("/")  # until it is known everywhere as the primary one, it leads back
        css = re.search(r'href="(/theme\.css[^"]*)"', page.text)
        colours = (await shopper.client.get(css[1])).text if css else ""
        return [NAME in page.text, "/look/" in page.text, ACCENT in colours]

    await equals([True] * 3, served)
    moved = await people.browser(SLUG).client.get("/")
    assert (moved.is_redirect, moved.headers["location"].partition("//")[2].startswith(DOMAIN)) == (True, True)
    logo = re.search(r'src="(/media/[^"]+/look/[^"]+)"', (await shopper.open("/")).text)
    assert logo is not None
    assert (await shopper.client.get(logo[1])).headers["content-type"].startswith("image/")


async def without_an_account(people: People) -> None:
    """There is no customer area, by page or API; for the staff there is a door."""
    page, stranger = people.browser(DOMAIN), people.guest(SLUG)
    home = (await page.open("/")).text
    assert "Log in" not in home
    assert 'href="/orders"' not in home
    assert (await page.open("/register")).status_code == 404
    body = {"email": stranger.email, "password": DEMO_PASSWORD, "name": "Ada"}
    refused = await stranger.ask("POST", "/api/v1/auth/register", body, status=403)
    assert refused["type"] == "no-accounts"
    assert (await page.open("/login")).status_code == 200


async def first_order(people: People, around: Outside, guest: Person, bowl: Json) -> Json:
    """At the own domain, on the pages; the way to pay that the store put first is chosen already."""
    shopper = people.browser(DOMAIN)
    slug = (await guest.get("/api/v1/products"))["items"][0]["slug"]
    assert (await shopper.add(slug)).url.path == "/cart"
    form = await shopper.open("/checkout")
    assert re.search(r'value="pagarme-card"[^>]* checked', form.text)
    mine = {name: ADDRESS[name] for name in ("name", "line1", "city", "zip", "country")}
    mine |= {"email": guest.email, "phone": "+55 (11) 98765-4321", "tax_id": CPF}
    assert (await shopper.send("/checkout", **mine)).status_code == 409  # the total with shipping was not seen yet
    page = await shopper.send("/checkout")
    assert page.url.path.startswith("/orders/"), page.text
    id, link = page.url.path.rpartition("/")[2], page.url.params["token"]
    order: Json = await guest.get(f"/api/v1/orders/{id}", token=link) | {"link": link}
    await paid_at(around.payments["pagarme"], guest, order)
    assert await shown(shopper, order)
    assert (await guest.http.get(f"/api/v1/orders/{id}")).status_code == 404  # the link is the key
    guessed = await guest.http.get(f"/api/v1/orders/{id}", params={"token": "0" * 40})
    assert guessed.status_code == 404
    return order


async def shown(shopper: Browser, order: Json) -> bool:
    return order["number"] in (await shopper.open(f"/orders/{order['id']}?token={order['link']}")).text


async def another_gateway(around: Outside, guest: Person, admin: Person, bowl: Json) -> None:
    """By configuration alone, put first."""
    server = around.payments["stripe"]
    await admin.ask("PUT", "/api/v1/payments/accounts", {"provider": "stripe", **server.account})
    await admin.ask("PATCH", "/api/v1/store", {"payment_methods": ["stripe", *PAGARME]})

    async def offered() -> list[str]:
        return list((await guest.get("/api/v1/store"))["offered_methods"])

    await equals(["stripe", *PAGARME], offered)
    await paid_at(server, guest, await ordered(guest, [(bowl, 1)], server.ways["page"]))


async def test_guests_alone_check_out(people: People) -> None:
    """In the demo's own boutique, with the card of the demo."""
    guest, admin = people.guest("boutique"), await people.admin("boutique")
    variant = await guest.choose()
    order = await guest.buy([(variant, 1)])
    await sent_on(guest, admin, order, [variant])
