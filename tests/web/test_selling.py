"""Applying as a seller, and deciding of it, through the pages."""

import msgspec
import pytest

from tests.harness import Alone
from tests.services.identity.mailed import code_of
from tests.web.people import log_in, member, shopper
from tradehall.kernel.ids import uuid7


@pytest.fixture(autouse=True)
def open_for_applications(it: Alone) -> None:
    it.running.stores.put(msgspec.structs.replace(it.store, sellers="apply"))


async def test_who_applies_is_decided_of_and_told(it: Alone) -> None:
    browser, api, email = await shopper(it)
    slug = f"s{uuid7().hex[-8:]}"
    await browser.open("/sell")
    page = await browser.send("/sell", name="", slug="No", description="Lamps <b>by hand</b>")
    assert page.status_code == 422
    assert "Enter the name of your shop." in page.text
    assert "Use small letters" in page.text
    assert "Lamps &lt;b&gt;by hand" in page.text, "nothing typed is lost"
    page = await browser.send("/sell", name="Lund", slug=slug)
    assert "Confirm your e-mail address first" in page.text
    await api.post("/api/v1/auth/email/verify", json={"code": await code_of(it, email, "email_verification")})
    page = await browser.send("/sell", name="Lund", slug=slug)
    assert "Waiting for an answer" in page.text
    admin, _ = await member(it, "store_admin")
    page = await admin.open("/admin/sellers?status=applied")
    assert "Lund" in page.text
    seller_id = (await api.get("/api/v1/me/seller")).json()["id"]
    page = await admin.send(f"/admin/sellers/{seller_id}/approve", note="Welcome here.")
    assert page.status_code == 200
    page = await browser.open("/sell")
    assert "Welcome here." in page.text
    assert "Selling" in page.text
    seller = await log_in(it, email, path="/login?next=/sell")
    assert "Open your back office" in seller.page.text
    page = await seller.open("/admin/keys")
    assert (page.status_code, "Make a key" in page.text) == (200, True)
    page = await admin.open("/admin/sellers")
    await admin.send(f"/admin/sellers/{seller_id}/suspend", note="Bills.")
    page = await seller.open("/sell")
    assert "What you sell is out of sight" in page.text


async def test_what_was_decided_already_is_said(it: Alone) -> None:
    admin, _ = await member(it, "store_admin")
    await admin.open("/admin/sellers")
    token = admin.page.text.split('name="_csrf" value="')[1].split('"')[0]
    page = await admin.client.post(f"/admin/sellers/{uuid7()}/approve", data={"_csrf": token})
    assert (page.status_code, "There is no such seller" in page.text) == (404, True)


async def test_a_closed_store_says_so(it: Alone) -> None:
    it.running.stores.put(msgspec.structs.replace(it.store, sellers="closed"))
    browser, _, _ = await shopper(it)
    page = await browser.open("/sell")
    assert "takes on no sellers" in page.text
    assert 'name="slug"' not in page.text


async def test_what_selling_does_not_have_is_told_among_the_accounts_pages(it: Alone) -> None:
    browser, _, _ = await shopper(it)
    page = await browser.open("/sell/nothing")
    assert page.status_code == 404
    assert 'aria-label="Your account"' in page.text


async def test_part_of_the_back_office_that_is_not_theirs_is_refused_in_its_frame(it: Alone) -> None:
    support, _ = await member(it, "support")
    page = await support.open("/admin/staff")
    assert page.status_code == 403
    assert 'href="/admin/payments">Payments' in page.text, "with the parts that are theirs"
    assert 'href="/admin/staff"' not in page.text
    assert (await support.send("/logout")).url.path == "/", "its form is one that is taken"
    nobody, _, _ = await shopper(it)
    page = await nobody.open("/admin/products/new")
    assert (page.status_code, "Store admin" in page.text, 'href="/admin/' in page.text) == (403, True, False)
