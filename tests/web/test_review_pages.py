"""Reviews as buyers write them and the back office looks after them, without JavaScript. In front of the real services."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from tests.harness import Alone, together
from tests.makers import LINK, a_product
from tests.services.catalog.goods import picture
from tests.services.identity.people import PASSWORD, an_email
from tests.services.reviews.buying import Bought, confirmed, delivered, write
from tests.web.browser import Browser
from tests.web.people import browser_at, log_in, member, shopper
from tradehall.app import load
from tradehall.kernel.ids import uuid7
from tradehall.kernel.settings import Settings

ADMIN = "/admin/reviews"


@pytest.fixture(scope="module")
async def it(servers: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Alone]:
    services = load(["reviews", "identity", "notifications", "web"])
    folder = Path(tmp_path_factory.mktemp("reviews"))
    async with together(services, servers, folder) as running:
        yield running


async def a_buyer(it: Alone) -> tuple[Browser, Bought]:
    browser, client, _ = await shopper(it)
    id = UUID((await client.get("/api/v1/me")).json()["id"])
    return browser, await delivered(it, customer_id=id)


def form_of(bought: Bought) -> str:
    return f"/orders/{bought.order.order_id}/reviews/{bought.variant}"


async def test_a_review_is_written_changed_and_removed_from_the_account(it: Alone) -> None:
    browser, bought = await a_buyer(it)
    path = form_of(bought)
    page = await browser.open("/account/reviews")
    assert f'href="{path}"' in page.text
    assert "Write a review" in page.text
    await browser.open(path)
    page = await browser.send(path, title="Bright", text="It lights <b>all</b>.")
    assert page.status_code == 422
    assert "Choose how many stars it gets" in page.text
    assert "It lights &lt;b&gt;all&lt;/b&gt;." in page.text, "what was typed is kept"
    page = await browser.send(path, rating="4", title="Bright", text="It lights <b>all</b>.")
    assert "Everybody can read it now" in page.text
    await browser.open(path)
    photo = ("photo.png", picture(), "image/png")
    page = await browser.send(path, title="Bright", text="Still.", pictures=photo)
    assert page.status_code == 200
    page = await browser.open(path)
    assert page.text.count('name="gone"') == 1
    key = page.text.split('name="gone" value="')[1][:32]
    page = await browser.send(path, title="Bright", text="Still.", gone=key)
    assert 'name="gone"' not in (await browser.open(path)).text
    page = await browser.send(f"{path}/remove")
    assert "The review is gone" in page.text
    assert "Write a review" in page.text


async def test_what_is_no_picture_leaves_the_words_saved(it: Alone) -> None:
    browser, bought = await a_buyer(it)
    path = form_of(bought)
    await browser.open(path)
    page = await browser.send(path, rating="5", title="", text="Fine.", pictures=("a.png", b"no picture", "image/png"))
    assert page.status_code == 415
    assert "not a JPEG, PNG or WebP image" in page.text
    assert "Change your review" in page.text


async def test_a_guest_writes_by_the_link_in_the_mail(it: Alone) -> None:
    bought = await delivered(it, customer_id=None)
    browser, path = browser_at(it), form_of(bought)
    page = await browser.open(f"/orders/{bought.order.order_id}/reviews?token={LINK}")
    assert f'href="{path}?token={LINK}"' in page.text
    await browser.open(f"{path}?token={LINK}")
    page = await browser.send(path, rating="5", title="", text="")
    assert page.url.params["token"] == LINK
    assert "Everybody can read it now" in page.text
    for token in ("", "0" * 40):
        page = await browser_at(it).open(f"{path}?token={token}")
        assert page.url.path == "/login" or page.status_code == 404


async def test_what_has_not_arrived_has_no_form(it: Alone) -> None:
    bought = await confirmed(it, customer_id=None)
    browser = browser_at(it)
    page = await browser.open(f"/orders/{bought.order.order_id}/reviews?token={LINK}")
    assert "Not there yet" in page.text
    assert (await browser.open(f"{form_of(bought)}?token={LINK}")).status_code == 404


async def test_comments_are_written_changed_and_removed(it: Alone) -> None:
    browser, bought = await a_buyer(it)
    review = await write(await delivered(it, bought.product))
    path = f"/reviews/{review['id']}"
    assert "Log in to comment" in (await browser_at(it).open(path)).text
    await browser.open(path)
    page = await browser.send(f"{path}/comments", text="")
    assert (page.status_code, "Write something first" in page.text) == (422, True)
    page = await browser.send(f"{path}/comments", text="Mine <i>too</i>.")
    assert "Mine &lt;i&gt;too&lt;/i&gt;." in page.text
    action = page.text.split(f'action="{path}/comments/')[1].split('"')[0]
    page = await browser.send(f"{path}/comments/{action}", text="Mine as well.")
    assert "Mine as well." in page.text
    page = await browser.send(f"{path}/comments/{action}", do="remove")
    assert "No comments yet" in page.text
    stranger, _, _ = await shopper(it)
    await stranger.open(path)
    page = await stranger.send(f"{path}/comments", text="Who knows.")
    assert (page.status_code, "Only who has bought it" in page.text) == (403, True)
    assert "Who knows." in page.text


async def test_a_report_is_looked_at_and_decided(it: Alone) -> None:
    review = await write(await delivered(it, name="Zoe Report"))
    guest = browser_at(it)
    await guest.open(f"/reviews/{review['id']}")
    page = await guest.send(f"/reviews/{review['id']}/report", reason="An advert")
    assert "Somebody will look at it" in page.text
    staff, _ = await member(it, "support")
    page = await staff.open(f"{ADMIN}?look=reported")
    assert "An advert" in page.text
    assert "How reviews go here" not in page.text, "the rules are the admin's"
    page = await staff.send(f"{ADMIN}/review/{review['id']}/status", do="hidden", reason="An advert, indeed")
    assert "It is hidden" in page.text
    assert (await guest.open(f"/reviews/{review['id']}")).status_code == 404
    page = await staff.open(f"{ADMIN}?look=hidden")
    assert "An advert, indeed" in page.text
    page = await staff.send(f"{ADMIN}/review/{review['id']}/status", do="published")
    assert (await guest.open(f"/reviews/{review['id']}")).status_code == 200


async def test_the_rules_are_the_admins_and_what_waits_is_approved(it: Alone) -> None:
    admin, _ = await member(it, "store_admin")
    await admin.open(ADMIN)
    page = await admin.send(f"{ADMIN}/settings", approval="on", invite_after_days="many")
    assert (page.status_code, "A number of days, from 0 to 365" in page.text) == (422, True)
    page = await admin.send(f"{ADMIN}/settings", approval="on", invite_after_days="14")
    assert "Saved." in page.text
    try:
        browser, bought = await a_buyer(it)
        await browser.open(form_of(bought))
        page = await browser.send(form_of(bought), rating="2", title="", text="Waits.")
        assert "once the store has looked at it" in page.text
        page = await admin.open(ADMIN)
        assert "Waits." in page.text
        id = page.text.split(f'action="{ADMIN}/review/')[1].split("/")[0]
        page = await admin.send(f"{ADMIN}/review/{id}/status", do="published")
        assert "It is shown." in page.text
    finally:
        await admin.open(ADMIN)
        await admin.send(f"{ADMIN}/settings", approval="", invite_after_days="7")


async def test_a_reply_is_written_and_removed(it: Alone) -> None:
    review = await write(await delivered(it))
    admin, _ = await member(it, "store_admin")
    page = await admin.open(f"{ADMIN}?look=all")
    action = f"{ADMIN}/review/{review['id']}/reply"
    page = await admin.send(action, text="Thank you.")
    assert "Thank you." in page.text
    guest = browser_at(it)
    assert "The seller replies" in (await guest.open(f"/reviews/{review['id']}")).text
    await admin.send(action, do="remove")
    assert "The seller replies" not in (await guest.open(f"/reviews/{review['id']}")).text


async def test_a_seller_sees_what_is_said_of_the_own_goods_and_replies(it: Alone) -> None:
    email = an_email()
    shop = {"slug": f"s{uuid7().hex[-8:]}", "name": "House", "email": email, "password": PASSWORD}
    made = await it.client("store_admin").post("/api/v1/sellers", json=shop)
    assert made.status_code == 201, made.text
    own = await write(await delivered(it, a_product(1000, seller_id=UUID(made.json()["id"]))), text="Of my lamp.")
    await write(await delivered(it), text="Of another's lamp.")
    seller = await log_in(it, email, path=f"/login?next={ADMIN}")
    page = await seller.open(ADMIN)
    assert "Of my lamp." in page.text
    assert "Of another" not in page.text
    assert "Hide" not in page.text
    assert "How reviews go here" not in page.text
    page = await seller.send(f"{ADMIN}/review/{own['id']}/reply", text="It is the bulb.")
    assert "It is the bulb." in page.text
    guest = browser_at(it)
    assert "It is the bulb." in (await guest.open(f"/reviews/{own['id']}")).text
