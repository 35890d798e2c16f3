"""The back office's people: who sees which part of it, the staff, API keys, issuers, the audit log."""

from collections.abc import Iterator

import httpx
import pytest

from tests.harness import Alone, eventually
from tests.oidc import running_provider
from tests.services.identity.people import an_email, login, signed_in
from tests.services.identity.test_staff import INVITE
from tests.web.people import between, browser_at, log_in, member, posted, shopper
from tradehall.contracts.identity import StaffRole
from tradehall.kernel.ids import uuid7
from tradehall.services.identity.model import SCOPED
from tradehall.web.pages.keys import SCOPES
from tradehall.web.pages.staff import ROLES
from tradehall.web.sections import SECTIONS

OPEN_TO = {
    "store_admin": {section.code for section in SECTIONS},
    "support": {"orders", "returns", "payments", "reviews", "notifications"},
    "warehouse_manager": {"orders", "stock"},
    "warehouse_staff": {"orders", "stock"},
}
FIRST = {"store_admin": "dashboard"}


@pytest.mark.parametrize("role", OPEN_TO)
async def test_each_role_sees_its_part_and_no_other(it: Alone, role: str) -> None:
    """Orders, payments and stock are of services that do not run here: theirs is only that the door is open."""
    browser, _ = await member(it, role)
    answer = await browser.client.get("/admin")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/admin/{FIRST.get(role, 'orders')}")
    for section in SECTIONS:
        page = await browser.open(section.path)
        shut = page.status_code == 403 and "for its staff" in page.text
        assert shut is (section.code not in OPEN_TO[role]), section.code
    if role == "store_admin":
        page = await browser.open("/admin/staff")
        assert all(f'href="{section.path}"' in page.text for section in SECTIONS)


async def test_it_is_for_nobody_else(it: Alone) -> None:
    assert (await browser_at(it).open("/admin")).url.path == "/login"
    browser, _, _ = await shopper(it)
    page = await browser.open("/account")
    assert 'href="/admin"' not in page.text
    for path in ("/admin", *(section.path for section in SECTIONS), "/admin/issuers/new", "/admin/issuers/google"):
        assert (await browser.open(path)).status_code == 403
    await browser.open("/account")
    for path in ("staff/invitations", f"staff/{uuid7()}/roles", f"staff/{uuid7()}/remove", "keys", "issuers"):
        answer = await browser.client.post(f"/admin/{path}", data=posted(browser))
        assert answer.status_code == 403


def test_the_words_are_of_all_roles_and_scopes_there_are() -> None:
    assert set(ROLES) == set(StaffRole.__args__)  # type: ignore[attr-defined]
    assert set(SCOPES) == set(SCOPED)


# --- staff


async def test_somebody_is_invited_again_and_withdrawn(it: Alone) -> None:
    browser, _ = await member(it, "store_admin")
    email = an_email()
    await browser.open("/admin/staff")
    page = await browser.send("/admin/staff/invitations", email="x")
    assert page.status_code == 422
    assert all(words in page.text for words in ('id="e-email"', "Tick one role at least", 'value="x"'))
    page = await browser.send("/admin/staff/invitations", email="x", roles=["support", "warehouse_staff"])
    assert page.text.count(" checked") >= 2  # what was ticked still is
    page = await browser.send("/admin/staff/invitations", email=email, roles=["support", "warehouse_staff"])
    assert "The invitation is on its way" in page.text
    assert email in page.text
    assert "Expired" not in page.text
    await it.sql(
        "UPDATE invitations SET created_at = now() - interval '8 days', expires_at = now() - interval '1 day' "
        "WHERE email = $1", email,
    )  # fmt: skip
    assert "Expired" in (await browser.open("/admin/staff")).text
    first = await invitation_of(it, email)
    again = posted(browser, email=email, roles=["support"])
    await browser.client.post("/admin/staff/invitations", data=again)
    second = await invitation_of(it, email)
    assert (second["id"] != first["id"], second["roles"]) == (True, ["support"])
    await browser.open("/admin/staff")
    page = await browser.send(f"/admin/staff/invitations/{second['id']}/withdraw")
    assert "The invitation is withdrawn" in page.text
    assert email not in page.text
    page = await browser.client.post(
        f"/admin/staff/invitations/{second['id']}/withdraw", data=posted(browser), follow_redirects=True
    )
    assert (page.status_code, "There is no such invitation" in page.text) == (404, True)


async def invitation_of(it: Alone, email: str) -> dict[str, str]:
    found = (await it.client("store_admin").get(INVITE, params={"limit": 100})).json()["items"]
    (one,) = [invitation for invitation in found if invitation["email"] == email]
    return one  # type: ignore[no-any-return]


async def id_of(it: Alone, email: str) -> str:
    return str((await it.sql("SELECT id FROM users WHERE email = $1", email))[0]["id"])


async def test_roles_are_changed_and_somebody_removed_with_the_consequence_in_words(it: Alone) -> None:
    browser, _ = await member(it, "store_admin")
    other, email = await member(it, "support")
    id = await id_of(it, email)
    page = await browser.open("/admin/staff")
    assert "ends sessions and API keys at once" in page.text
    page = await browser.send(f"/admin/staff/{id}/roles", roles=[])
    assert (page.status_code, "Tick one role at least" in page.text) == (422, True)
    page = await browser.send(f"/admin/staff/{id}/roles", roles=["warehouse_manager", "support"])
    assert "The new roles count from now on" in page.text
    assert (await other.open("/admin")).url.path == "/login"
    again = await log_in(it, email)
    assert (await again.client.get("/admin/payments")).status_code != 403
    page = await browser.send(f"/admin/staff/{id}/remove")
    assert "They are off the staff" in page.text
    assert email not in page.text
    again = await log_in(it, email)
    assert (await again.open("/admin")).status_code == 403
    page = await browser.client.post(f"/admin/staff/{id}/remove", data=posted(browser))
    assert (page.status_code, "Staff" in page.text) == (404, True)


async def test_the_last_admin_cannot_leave_and_is_told_so(it: Alone) -> None:
    browser, email = await member(it, "store_admin")
    id = await id_of(it, email)
    await it.sql("UPDATE users SET roles = '{support}' WHERE 'store_admin' = ANY (roles) AND email <> $1", email)
    await browser.open("/admin/staff")
    page = await browser.send(f"/admin/staff/{id}/remove")
    assert (page.status_code, "A store has an admin" in page.text) == (409, True)
    page = await browser.send(f"/admin/staff/{id}/roles", roles=["support"])
    assert (page.status_code, "A store has an admin" in page.text) == (409, True)


# --- keys


async def test_a_key_is_made_shown_once_and_revoked(it: Alone) -> None:
    browser, _ = await member(it, "store_admin")
    await browser.open("/admin/keys")
    page = await browser.send("/admin/keys", name="")
    assert page.status_code == 422
    assert all(words in page.text for words in ('id="e-name"', "one box at least"))
    page = await browser.send("/admin/keys", name="", scopes=["orders:read", "catalog:write"], life="90")
    assert page.text.count(" checked") == 2
    assert 'value="90" selected' in page.text
    page = await browser.send("/admin/keys", name="The till", scopes=["orders:read", "catalog:write"], life="90")
    key = between(page.text, '<code class="secret">', "</code>")
    assert page.headers["cache-control"] == "no-store"
    assert (await used(it, key)).status_code == 403  # it is known: accounts are nothing for keys
    page = await browser.open("/admin/keys")
    assert key not in page.text
    assert all(
        words in page.text
        for words in ("The till", f"{key[:10]}…", "Change products, categories, pictures; read orders", "You")
    )
    id = between(page.text, 'action="/admin/keys/', "/revoke")
    page = await browser.send(f"/admin/keys/{id}/revoke")
    assert "The key is revoked" in page.text
    assert (await used(it, key)).status_code == 401
    page = await browser.client.post(f"/admin/keys/{id}/revoke", data=posted(browser))
    assert (page.status_code, "There is no such key" in page.text) == (404, True)


async def used(it: Alone, key: str) -> httpx.Response:
    return await it.client().get("/api/v1/me", headers={"authorization": f"Bearer {key}"})


async def test_a_scope_that_is_none_is_refused_at_its_place(it: Alone) -> None:
    browser, _ = await member(it, "store_admin")
    await browser.open("/admin/keys")
    page = await browser.send("/admin/keys", name="x", scopes=["everything:write"], life="never")
    assert (page.status_code, "one box at least" in page.text) == (422, True)


# --- issuers


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    with running_provider() as url:
        yield url


async def test_an_issuer_is_added_changed_and_deleted(it: Alone, provider: str) -> None:
    browser, _ = await member(it, "store_admin")
    page = await browser.open("/admin/issuers/new?like=google")
    assert 'value="https://accounts.google.com"' in page.text
    assert f"http://alpha.localhost:{it.running.settings.port}/login/back" in page.text
    await browser.open("/admin/issuers/new")
    page = await browser.send("/admin/issuers", code="New!", name="Acme", issuer=provider, client_id="shop")
    assert page.status_code == 422
    assert all(words in page.text for words in ('id="e-code"', 'id="e-client_secret"', f'value="{provider}"'))
    filled = {"code": "acme", "name": "Acme", "issuer": "http://127.0.0.1:9", "client_id": "shop"}
    page = await browser.send("/admin/issuers", **filled, client_secret="s3cret")
    assert (page.status_code, "cannot be asked" in page.text, "s3cret" in page.text) == (503, True, False)
    page = await browser.send("/admin/issuers", **filled | {"issuer": f"{provider}/no"}, client_secret="s3cret")
    assert (page.status_code, 'id="e-issuer"' in page.text) == (422, True)
    page = await browser.send("/admin/issuers", **filled | {"issuer": provider}, client_secret="s3cret")
    assert "The log-in page offers it" in page.text

    async def offered() -> bool:
        return "Log in with Acme" in (await browser_at(it).open("/login")).text

    await eventually(offered)
    await browser.open("/admin/issuers/new")
    page = await browser.send("/admin/issuers", **filled | {"issuer": provider}, client_secret="other")
    assert (page.status_code, "There is one with this code already" in page.text) == (422, True)
    page = await browser.open("/admin/issuers/acme")
    assert "s3cret" not in page.text
    page = await browser.send("/admin/issuers/acme", name="Acme Works")
    assert "Acme Works" in page.text
    page = await browser.send("/admin/issuers/acme/delete")
    assert "no longer offers it" in page.text
    for path in ("acme", "%2e%2e", "NO"):
        assert (await browser.open(f"/admin/issuers/{path}")).status_code == 404


# --- audit


async def test_the_log_says_who_did_what_and_is_narrowed_down(it: Alone) -> None:
    browser, email = await member(it, "store_admin")
    id = await id_of(it, email)
    admin = signed_in(it, (await login(it, email)).json())
    made = (await admin.post(INVITE, json={"email": an_email(), "roles": ["support"]})).json()
    await admin.delete(f"{INVITE}/{made['id']}")
    page = await browser.open(f"/admin/audit?actor={id}")
    assert all(words in page.text for words in (email, "Withdraw", "Invite", made["id"], "Identity: email, roles"))
    assert "Nothing of that" in (await browser.open(f"/admin/audit?actor={id}&service=notifications")).text
    assert "Withdraw" in (await browser.open(f"/admin/audit?actor={id}&service=identity")).text
    assert "Nothing of that" in (await browser.open(f"/admin/audit?actor={uuid7()}")).text
    for odd in ("actor=me", "service=nosuch", "actor=%00"):
        assert "Withdraw" in (await browser.open(f"/admin/audit?{odd}")).text
    assert (await browser.open("/admin/audit?cursor=x")).status_code == 422


async def test_the_log_has_pages(it: Alone) -> None:
    browser, email = await member(it, "store_admin")
    admin = signed_in(it, (await login(it, email)).json())
    for _ in range(51):
        await admin.post(INVITE, json={"email": an_email(), "roles": ["support"]})
    id = await id_of(it, email)
    page = await browser.open(f"/admin/audit?actor={id}")
    assert page.text.count("<tr><td>") == 50
    following = between(page.text, 'rel="next" href="', '"').replace("&amp;", "&")
    assert f"actor={id}" in following
    assert (await browser.open(following)).text.count("<tr><td>") == 1
