"""The back office's pages about the store itself, in front of the real service; and what shoppers see of it."""

from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.harness import Alone, together
from tests.web.browser import Browser
from tradehall.app import load
from tradehall.contracts.stores import PaymentTerms, Store
from tradehall.kernel.settings import Settings
from tradehall.web.markdown import markdown
from tradehall.web.sessions import Tokens


@pytest.fixture(scope="module")
async def it(servers: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Alone]:
    services = load(["stores", "web"])
    async with together(services, servers, Path(tmp_path_factory.mktemp("pages"))) as harness:
        yield harness


@pytest.fixture
async def store(it: Alone) -> Store:
    slug = f"s{uuid4().hex[:10]}"
    answer = await it.client("operator").post("/api/v1/stores", json={"slug": slug, "name": "Lamps & Co"})
    assert answer.status_code == 201, answer.text
    return msgspec.json.decode(answer.content, type=Store)


def browser(it: Alone, store: Store, *roles: str) -> Browser:
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(it.app), base_url=f"http://{store.hosts[0]}", headers={"accept": "text/html"}
    )
    if roles:
        client.cookies.set("session", Tokens(it.token(*roles, store=store), "refresh").to_cookie())
    it.clients.append(client)
    return Browser(client)


def seen(it: Alone, store: Store) -> Store:
    found = it.running.stores.by_slug(store.slug)
    assert found is not None
    return found


def png(size: tuple[int, int] = (200, 50)) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, "navy").save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize("path", ["settings", "settings/terms", "look", "home", "domains", "legal", "legal/terms"])
async def test_pages_about_the_store_are_for_admins(it: Alone, store: Store, path: str) -> None:
    assert (await browser(it, store).open(f"/admin/{path}")).url.path == "/login"
    assert (await browser(it, store, "shopper").open(f"/admin/{path}")).status_code == 403
    assert (await browser(it, store, "seller").open(f"/admin/{path}")).status_code == 403
    assert (await browser(it, store, "store_admin").open(f"/admin/{path}")).status_code == 200


async def test_settings_are_saved_and_what_is_wrong_stands_at_its_field(it: Alone, store: Store) -> None:
    admin = browser(it, store, "store_admin")
    await admin.open("/admin/settings")
    changes = {"name": "Lights", "timezone": "Europe/Berlin", "label_PENDING": "Waiting for money", "sellers": "apply"}
    page = await admin.send("/admin/settings", payment_methods="proof", edge=["CONFIRMED-PROCESSING"], **changes)
    assert "Saved." in page.text
    assert 'value="Waiting for money"' in page.text
    now = seen(it, store)
    assert (now.name, now.timezone, now.sellers, now.payment_methods) == ("Lights", "Europe/Berlin", "apply", ["proof"])
    assert now.order_profile.label("PENDING") == "Waiting for money"
    assert not now.order_profile.allows("CONFIRMED", "CANCELLED")
    assert now.order_profile.allows("CONFIRMED", "PROCESSING")
    assert not now.order_profile.allows("SHIPPED", "DELIVERED")
    page = await admin.send("/admin/settings", order_expiry_minutes="soon", locale="?", payment_methods="proof")
    assert page.status_code == 422
    assert 'href="#f-locale"' in page.text
    assert 'href="#f-order_expiry_minutes"' in page.text
    assert 'value="soon"' in page.text
    page = await admin.send(
        "/admin/settings",
        timezone="Nowhere",
        payment_methods=["proof", "proof"],
        locale="de",
        order_expiry_minutes="1",
    )
    assert 'href="#f-timezone"' in page.text
    assert 'href="#f-payment_methods"' in page.text
    assert seen(it, store) == now


async def test_discounts_and_instalments_are_saved_way_by_way(it: Alone, store: Store) -> None:
    admin = browser(it, store, "store_admin")
    await admin.open("/admin/settings")
    await admin.send("/admin/settings", payment_methods=["proof", "card-simulated"])
    page = await admin.open("/admin/settings/terms")
    assert 'name="discount_proof"' in page.text
    assert 'name="instalments_proof"' not in page.text
    card = {"instalments": "6", "interest_free": "3", "interest": "1,99", "least": "10.50"}
    typed = {f"{name}_card-simulated": value for name, value in card.items()}
    page = await admin.send("/admin/settings/terms", **{"discount_proof": "5", **typed})
    assert "Saved." in page.text
    terms = seen(it, store).payment_terms
    assert terms["proof"] == PaymentTerms(discount=500)
    assert terms["card-simulated"] == PaymentTerms(instalments=6, interest_free=3, interest=199, least=1050)
    assert 'value="1.99"' in page.text
    for wrong in ("five", "1.999", "-1", "91"):
        page = await admin.send("/admin/settings/terms", discount_proof=wrong)
        assert page.status_code == 422, wrong
        assert f'value="{wrong}"' in page.text
    page = await admin.send("/admin/settings/terms", **{"interest_free_card-simulated": "7", "discount_proof": "5"})
    assert 'href="#f-interest_free_card-simulated"' in page.text
    assert seen(it, store).payment_terms == terms


async def test_how_long_a_buyer_may_take_is_set_by_method(it: Alone, store: Store) -> None:
    admin = browser(it, store, "store_admin")
    assert 'name="deadline_pagarme-boleto" type="text" value="72"' in (await admin.open("/admin/settings")).text
    changes = {"payment_methods": "proof", "deadline_pagarme-pix": "0.5", "deadline_pagarme-boleto": "48"}
    assert "Saved." in (await admin.send("/admin/settings", **changes)).text
    now = seen(it, store)
    assert now.payment_deadlines == {
        "pagarme-pix": 1800,
        "pagarme-boleto": 172800,
        "bank-slip": 259200,
        "xendit-va": 86400,
    }
    assert (now.holds_for("pagarme-pix"), now.holds_for("pagarme-boleto")) == (1920, 172800 + 5 * 86400)
    assert now.holds_for("proof") == now.order_expiry_seconds
    for wrong in ("soon", "0", "721"):
        page = await admin.send("/admin/settings", **(changes | {"deadline_pagarme-pix": wrong}))
        assert page.status_code == 422
        assert 'href="#f-deadline_pagarme-pix"' in page.text
        assert 'href="#f-deadline_pagarme-boleto"' not in page.text
    assert seen(it, store) == now


async def test_a_page_the_back_office_does_not_have_leads_back_to_it(it: Alone, store: Store) -> None:
    admin = browser(it, store, "store_admin")
    page = await admin.open("/admin/nothing")
    assert (page.status_code, 'href="/admin">To the back office' in page.text) == (404, True)
    assert page.text.count("There is nothing here") == 2, "as the title and as the heading, not once more below"


async def test_colours_too_faint_are_refused_with_a_hint_and_others_saved(it: Alone, store: Store) -> None:
    admin = browser(it, store, "store_admin")
    await admin.open("/admin/look")
    page = await admin.send("/admin/look", ink="#aaaaaa", paper="#ffffff", accent="#1f5f8b")
    assert page.status_code == 422
    assert "has a contrast of 2.32 on #ffffff" in page.text
    page = await admin.send("/admin/look", ink="#222222", tagline="Light, at last", announcement="Sale <b>now</b>")
    assert page.status_code == 200
    home = (await browser(it, store).open("/")).text
    assert '<p class="announce">Sale &lt;b&gt;now&lt;/b&gt;</p>' in home
    assert "Light, at last" in home


async def test_a_logo_takes_the_place_of_the_name_until_it_is_removed(it: Alone, store: Store) -> None:
    admin, guest = browser(it, store, "store_admin"), browser(it, store)
    await admin.open("/admin/look")
    page = await admin.send("/admin/look/logo", image=("a.txt", b"no picture", "text/plain"))
    assert (page.status_code, "must be a JPEG, PNG, WebP or SVG image" in page.text) == (422, True)
    page = await admin.send("/admin/look/logo")
    assert (page.status_code, "Choose a file first" in page.text) == (422, True)
    for kind in ("logo", "icon"):
        assert (await admin.send(f"/admin/look/{kind}", image=("l.png", png(), "image/png"))).status_code == 200
    logo = seen(it, store).logo
    assert logo is not None
    home = (await guest.open("/legal/terms")).text  # an error's page has the same frame
    assert f'src="/media/{store.id}/look/{logo.key}-large.png" alt="Lamps &amp; Co"' in home
    icon = await guest.client.get("/favicon.ico", follow_redirects=True)
    assert icon.headers["content-type"] == "image/png"
    await admin.send("/admin/look/logo", remove=logo.key)
    assert seen(it, store).logo is None


async def test_legal_texts_are_written_shown_and_linked(it: Alone, store: Store) -> None:
    admin, guest = browser(it, store, "store_admin"), browser(it, store)
    assert (await guest.open("/legal/terms")).status_code == 404
    assert (await guest.open("/legal/cookies")).status_code == 404
    await admin.open("/admin/legal/terms")
    text = "# Ours\n\n* fair <script>alert(1)</script>\n\n[here](javascript:alert(1)) [there](/products)"
    page = await admin.send("/admin/legal/terms", text=text)
    assert "Version 1" in page.text
    page = await guest.open("/legal/terms")
    assert "<h2>Ours</h2>" in page.text
    assert "<script>alert" not in page.text
    assert 'href="javascript' not in page.text
    assert '<a href="/products">there</a>' in page.text
    assert 'href="/legal/terms">Terms of sale</a>' in page.text
    await admin.open("/admin/legal/terms")
    other = browser(it, store, "store_admin")
    await other.open("/admin/legal/terms")
    await other.send("/admin/legal/terms", text="Newer")
    page = await admin.send("/admin/legal/terms", text="Late")
    assert page.status_code == 409
    assert "Late" in page.text
    assert (await guest.open("/legal/terms?version=1")).text.count("Ours") == 1


async def test_the_home_page_is_arranged_block_by_block(it: Alone, store: Store) -> None:
    admin, guest = browser(it, store, "store_admin"), browser(it, store)
    await admin.open("/admin/home")

    async def add(**fields: object) -> None:
        page = await admin.client.get("/admin/home")
        token = page.text.split('name="_csrf" value="')[1].split('"')[0]
        version = page.text.split('name="version" value="')[1].split('"')[0]
        files = {"image": fields.pop("image")} if "image" in fields else None
        data = {"_csrf": token, "version": version, "do": "save", **fields}
        answer = await admin.client.post("/admin/home/new", data=data, files=files)  # type: ignore[arg-type]
        assert answer.status_code == 303, answer.text

    await add(kind="text", heading="About", text="We **make** lamps.")
    await add(kind="links", heading="", title0="Maker", target0="https://maker.example/")
    await add(
        kind="hero", heading="Light", title="See", target="/products", image=("h.png", png((900, 300)), "image/png")
    )
    await add(kind="rail", heading="New", by="newest", count="4")
    home = (await guest.open("/")).text
    assert home.index("We <strong>make</strong> lamps.") < home.index("maker.example") < home.index("<h1>Light</h1>")
    assert 'srcset="/media/' in home
    assert "<h2>New</h2>" not in home  # there are no products here
    await admin.open("/admin/home")
    await admin.send("/admin/home/2", do="up")
    await admin.send("/admin/home/1", do="up")
    home = (await browser(it, store).client.get("/?fresh")).text
    assert home.index("<h1>Light</h1>") < home.index("lamps.")
    page = await admin.send("/admin/home/1", do="save", text="")
    assert (page.status_code, "must be" in page.text) == (422, True)
    for _ in range(4):
        page = await admin.send("/admin/home/0", do="remove")
    assert "the theme's own" in page.text.replace("&#39;", "'")
    assert (await admin.client.post("/admin/home/0", data={})).status_code == 403


async def test_domains_are_claimed_checked_and_removed(
    it: Alone, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tradehall.services.stores.dns import Dns

    found: list[str] = []

    async def texts(self: Dns, name: str) -> list[str]:
        return found

    monkeypatch.setattr(Dns, "texts", texts)
    admin, host = browser(it, store, "store_admin"), f"shop-{uuid4().hex[:8]}.example.com"
    await admin.open("/admin/domains")
    page = await admin.send("/admin/domains", host="not a domain")
    assert (page.status_code, "must be a host name" in page.text) == (422, True)
    page = await admin.send("/admin/domains", host=host)
    value = page.text.split("<code>tradehall-proof=")[1].split("<")[0]
    page = await admin.send(f"/admin/domains/{host}/verify")
    assert (page.status_code, "There was no such record" in page.text) == (409, True)
    found.append(f"tradehall-proof={value}")
    page = await admin.send(f"/admin/domains/{host}/verify")
    assert "Yours" in page.text
    page = await admin.client.post(f"/admin/domains/{host}/nothing")
    assert page.status_code == 403
    await admin.send(f"/admin/domains/{host}/primary")
    guest = browser(it, store)
    answer = await guest.client.get("/legal/terms?a=b")
    assert (answer.status_code, answer.headers["location"]) == (301, f"//{host}/legal/terms?a=b")
    assert (await guest.client.post("/cart/items")).status_code == 403  # a form, not a redirect


async def test_a_suspended_store_says_so_and_lets_its_staff_in(it: Alone, store: Store) -> None:
    operator = it.client("operator")
    await operator.put(f"/api/v1/stores/{store.slug}/status", json={"status": "suspended"})
    guest, admin = browser(it, store), browser(it, store, "store_admin")
    page = await guest.client.get("/products")
    assert (page.status_code, page.headers["content-type"]) == (503, "text/html; charset=utf-8")
    assert "Closed for the moment" in page.text
    assert "content-security-policy" in page.headers
    assert page.headers["retry-after"]
    assert (await guest.client.get("/products", headers={"accept": "*/*"})).json()["type"] == "store-suspended"
    assert (await guest.client.head("/products")).status_code == 503
    assert (await guest.open("/login")).status_code == 200
    page = await admin.open("/admin/settings")
    assert "This store is suspended" in page.text
    assert "Saved." in (await admin.send("/admin/settings", name="Paid", payment_methods="proof")).text
    await operator.put(f"/api/v1/stores/{store.slug}/status", json={"status": "active"})
    assert (await guest.open("/login")).status_code == 200
    await operator.put(f"/api/v1/stores/{store.slug}/status", json={"status": "closed"})
    page = await guest.client.get("/admin")
    assert (page.status_code, "This store is closed" in page.text) == (410, True)


@given(text=st.text(alphabet=st.sampled_from("<>&\"'[]()!#*`/\\ \n:ahrefjvscipt"), max_size=60))
def test_markdown_never_makes_a_script_or_a_picture(text: str) -> None:
    html = str(markdown(text)).lower()
    assert "<script" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html
    assert "<h1" not in html
