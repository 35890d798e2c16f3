"""Who somebody is: a second factor turned on and asked for; an invitation, from the admin who sends it to the back office."""

import re
import time

import pyotp
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.journeys.shop import People
from tradehall.demo import DEMO_PASSWORD, content


async def log_out(who: Visitor) -> None:
    await who.page.get_by_text("Account", exact=True).click()
    await who.page.get_by_role("banner").get_by_role("button", name="Log out").click()
    await expect(who.link("Log in")).to_be_visible()


async def test_a_second_factor_is_turned_on_and_asked_for(visit: Visit, people: People) -> None:
    email = (await people.shopper("bazaar")).email
    shopper = await visit("bazaar")
    await shopper.sign_in(email, "/login?next=/account/second-factor")
    await shopper.field("Your password").fill(DEMO_PASSWORD)
    await shopper.button("Set it up").click()
    picture = shopper.page.get_by_role("img", name="QR code of the secret below")
    await expect(picture).to_be_visible()
    secret = (await shopper.page.locator("code.secret").inner_text()).replace(" ", "")
    await shopper.field("Code").fill(pyotp.TOTP(secret).now())
    await shopper.button("Turn it on").click()
    await expect(shopper.title()).to_have_text("Recovery codes")
    codes = await shopper.page.get_by_role("listitem").filter(has_text=re.compile("^[a-z2-7]{5}-[a-z2-7]{5}$")).all()
    assert len(codes) == 10
    recovery = await codes[0].inner_text()
    await shopper.link("I have kept them, go on").click()
    await expect(shopper.page.get_by_text("You have 10 recovery codes left")).to_be_visible()

    await log_out(shopper)
    for code in (pyotp.TOTP(secret).at(int(time.time()) + 30), recovery):
        await shopper.open("/login?next=/account/sessions")
        await shopper.field("E-mail").fill(email)
        await shopper.field("Password").fill(DEMO_PASSWORD)
        await shopper.button("Log in").click()
        await expect(shopper.title()).to_have_text("Second step")
        await shopper.field("Code").fill(code)
        await shopper.button("Log in").click()
        await expect(shopper.title()).to_have_text("Devices")
        await expect(shopper.page.get_by_role("listitem").filter(has_text="This one")).to_contain_text("on Linux")
        await log_out(shopper)


async def test_somebody_invited_comes_to_see_the_back_office(visit: Visit, people: People) -> None:
    admin, guest = await visit("atlantic"), await visit("atlantic")
    await admin.sign_in(content.people().stores["atlantic"].admin.email, "/login?next=/admin/staff")
    await admin.field("E-mail").fill(guest.email)
    await admin.page.get_by_role("checkbox", name="Support").last.check()
    await admin.button("Send the invitation").click()
    await expect(admin.page.get_by_text("The invitation is on its way")).to_be_visible()

    await guest.reads_mail("You are invited to run a store", ["invited to the staff"])
    await guest.page.frame_locator("iframe").get_by_role("link", name="Take the invitation").click()
    await expect(guest.title()).to_have_text("Invitation")
    assert "token" not in guest.page.url
    await guest.field("Your name").fill("Anna Berg")
    await guest.field("Choose a password").fill(DEMO_PASSWORD)
    await guest.button("Take the invitation").click()
    await expect(guest.title()).to_have_text("Orders")
    navigation = guest.page.get_by_role("navigation", name="Store admin")
    await expect(navigation.get_by_role("link")).to_have_text(
        ["Orders", "Returns", "Payments", "Reviews", "Messages", "To the store"]
    )
    await admin.open("/admin/staff")
    await expect(admin.page.get_by_role("listitem").filter(has_text=guest.email)).to_contain_text("Support")
