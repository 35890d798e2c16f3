import asyncio
from typing import Any

import httpx
import msgspec
import pytest

from tests.harness import Alone, eventually
from tests.makers import a_product
from tests.services.stores.opening import opened, rules, seen
from tradehall.contracts.payments import AccountsUpdated
from tradehall.contracts.stores import StoreCreated, StoreUpdated
from tradehall.kernel.colours import AA, contrast, parse
from tradehall.kernel.ids import uuid7

SERVICE = "stores"

SETTINGS_GIVEN: dict[str, Any] = {
    "name": "Delta & Sons",
    "locale": "pt-BR",
    "timezone": "America/Sao_Paulo",
    "currency": "BRL",
    "checkout_mode": "guest",
    "payment_methods": ["proof"],
    "order_expiry_seconds": 60,
    "announcement": "Free shipping until Friday",
    "order_number_prefix": "DS-",
    "sellers": "apply",
    "require_totp": True,
    "cart_reminder_hours": 0,
    "low_stock_default": 3,
    "payment_terms": {
        "proof": {"discount": 500, "instalments": 1, "least": 0, "interest_free": 1, "interest": 0},
        "midtrans": {"discount": 0, "instalments": 12, "least": 1000, "interest_free": 3, "interest": 199},
    },
}


async def test_admin_changes_every_setting(it: Alone) -> None:
    store = await opened(it)
    admin = it.client("store_admin", store=store)
    answer = await admin.patch("/api/v1/store", json=SETTINGS_GIVEN)
    assert answer.status_code == 200, answer.text
    changed = await seen(admin)
    assert msgspec.to_builtins(changed) == {**msgspec.to_builtins(store), **SETTINGS_GIVEN, "version": 1}
    assert [event.store for event in await it.published(StoreUpdated, store=store)] == [changed]
    assert [event.store for event in await it.published(StoreCreated, store=store)] == [store]


async def test_a_providers_methods_are_offered_while_the_store_has_an_account_there(it: Alone) -> None:
    store = await opened(it, payment_methods=["xendit-va", "proof", "stripe", "bank-slip", "xendit"])
    admin = it.client("store_admin", store=store)
    for accounts, offered in (
        (["stripe"], ["proof", "stripe"]),
        (["bank-slip", "xendit"], ["xendit-va", "proof", "bank-slip", "xendit"]),
        ([], ["proof"]),
    ):
        await it.given(AccountsUpdated(accounts=accounts), key=store.id, store=store)
        changed = (await it.published(StoreUpdated, store=store))[-1].store
        assert (changed.accounts, changed.offered_methods) == (accounts, offered)
        assert changed.payment_methods == store.payment_methods
        answer = await eventually(lambda version=changed.version: shown(admin, version))
        assert answer["offered_methods"] == offered
    answer = await admin.patch("/api/v1/store", json={"payment_methods": ["stripe"]})
    assert (answer.json()["payment_methods"], answer.json()["offered_methods"]) == (["stripe"], [])
    assert (await admin.patch("/api/v1/store", json={"accounts": ["stripe"]})).json()["offered_methods"] == []


async def shown(client: httpx.AsyncClient, version: int) -> Any:
    store = (await client.get("/api/v1/store")).json()
    return store if store["version"] == version else None


async def test_who_changed_what_stands_in_the_audit_log(it: Alone) -> None:
    store, admin_id = await opened(it), uuid7()
    admin = it.client("store_admin", store=store, user_id=admin_id)
    await admin.patch("/api/v1/store", json={"name": "Other", "low_stock_default": 5})
    await it.client("operator").put(f"/api/v1/stores/{store.slug}/status", json={"status": "grace"})
    rows = await it.sql("SELECT actor, action, fields, target FROM audit ORDER BY id", store=store)
    assert [row["action"] for row in rows] == ["create_store", "change_store", "set_status"]
    assert (rows[1]["actor"], rows[1]["fields"]) == (admin_id, ["low_stock_default", "name"])
    assert rows[2]["target"] == {"slug": store.slug}


async def test_what_changes_nothing_is_not_told(it: Alone) -> None:
    store = await opened(it)
    admin = it.client("store_admin", store=store)
    await admin.patch("/api/v1/store", json={"name": store.name})
    assert (await seen(admin)).version == 0
    await admin.patch("/api/v1/store", json={"name": "Other"})
    assert len(await it.published(StoreUpdated, store=store)) == 1


async def test_changes_at_the_same_moment_are_all_kept(it: Alone) -> None:
    store = await opened(it)
    admin = it.client("store_admin", store=store)
    changes: list[dict[str, Any]] = [{name: value} for name, value in SETTINGS_GIVEN.items()]
    await asyncio.gather(*(admin.patch("/api/v1/store", json=change) for change in changes))

    async def all_there() -> bool:
        found = msgspec.to_builtins(await seen(admin))
        return {name: found[name] for name in SETTINGS_GIVEN} == SETTINGS_GIVEN and found["version"] == len(changes)

    await eventually(all_there)


@pytest.mark.parametrize(
    ("field", "value"),
    [("timezone", "Mars/Base"), ("timezone", "../etc/passwd"), ("timezone", "a\u0000b"), ("locale", "english"),
     ("locale", "en_US"), ("currency", "usd"), ("currency", "EURO"), ("checkout_mode", "none"),
     ("payment_methods", []), ("payment_methods", ["proof", "proof"]), ("payment_methods", ["bitcoin"]),
     ("order_expiry_seconds", 0), ("order_expiry_seconds", 2592001), ("announcement", "two\nlines"),
     ("announcement", "x" * 201), ("order_number_prefix", "lower"), ("order_number_prefix", "TOOLONG99"),
     ("sellers", "maybe"), ("require_totp", "yes"), ("cart_reminder_hours", -1), ("low_stock_default", 10**30),
     ("name", ""), ("name", "a\u0000")],
)  # fmt: skip
async def test_a_setting_that_cannot_be_is_refused_by_its_name(it: Alone, field: str, value: object) -> None:
    answer = await it.client("store_admin").patch("/api/v1/store", json={field: value})
    assert [name.partition("[")[0] for name in rules(answer)] == [field]


async def test_all_that_is_wrong_is_said_at_once(it: Alone) -> None:
    look = {"ink": "#dddddd", "accent": "#eeeeee", "paper": "#ffffff"}
    profile = {"edges": {"PENDING": ["CONFIRMED"], "SHIPPED": ["CANCELLED"]}}
    body = {"timezone": "Nowhere", "look": look, "order_profile": profile, "payment_methods": ["proof", "proof"]}
    assert set(rules(await it.client("store_admin").patch("/api/v1/store", json=body))) == {
        "timezone", "look.ink", "look.accent", "order_profile.edges.PENDING", "order_profile.edges.SHIPPED",
        "payment_methods",
    }  # fmt: skip


async def test_settings_are_for_admins(it: Alone) -> None:
    for roles, status in (((), 401), (("shopper",), 403), (("seller",), 403)):
        assert (await it.client(*roles).patch("/api/v1/store", json={"name": "Mine"})).status_code == status


async def test_the_currency_stays_once_there_is_a_product(it: Alone) -> None:
    store = await opened(it)
    admin = it.client("store_admin", store=store)
    assert (await admin.patch("/api/v1/store", json={"currency": "EUR"})).status_code == 200
    product = a_product(1000, currency="EUR")
    await it.given(product, key=product.product_id, store=store)
    answer = await admin.patch("/api/v1/store", json={"currency": "USD", "name": "Renamed"})
    assert (answer.status_code, answer.json()["type"]) == (409, "currency-fixed")
    assert (await seen(admin)).name == store.name
    assert (await admin.patch("/api/v1/store", json={"currency": "EUR", "name": "Renamed"})).status_code == 200


# --- colours


@pytest.mark.parametrize(
    ("ink", "accent", "paper", "wrong"),
    [
        ("#1b1d21", "#1f5f8b", "#ffffff", []),
        ("#ffffff", "#ffcc00", "#101010", []),
        ("#777777", "#1f5f8b", "#ffffff", ["look.ink"]),
        ("#000000", "#ffd700", "#ffffff", ["look.accent"]),
        ("#808080", "#808080", "#808080", ["look.ink", "look.accent"]),
    ],
)
async def test_colours_that_cannot_be_read_are_refused_with_ones_that_can(
    it: Alone, ink: str, accent: str, paper: str, wrong: list[str]
) -> None:
    store = await opened(it)
    admin = it.client("store_admin", store=store)
    look = {"ink": ink, "accent": accent, "paper": paper}
    answer = await admin.patch("/api/v1/store", json={"look": look})
    if not wrong:
        assert answer.status_code == 200, answer.text
        return
    said = rules(answer)
    assert list(said) == wrong
    for field, rule in said.items():
        assert f"{contrast(parse(look[field[5:]]), parse(paper)):.2f}" in rule
        look[field[5:]] = rule.split("; ")[1].split()[0]
    assert (await admin.patch("/api/v1/store", json={"look": look})).status_code == 200
    assert contrast(parse(look["ink"]), parse(paper)) >= AA


@pytest.mark.parametrize(
    ("method", "terms"),
    [
        ("proof", {"discount": 9001}),
        ("proof", {"discount": -1}),
        ("midtrans", {"instalments": 25}),
        ("midtrans", {"instalments": 0}),
        ("bitcoin", {"discount": 1}),
    ],
)
async def test_terms_that_cannot_be_are_refused(it: Alone, method: str, terms: dict[str, int]) -> None:
    answer = await it.client("store_admin").patch("/api/v1/store", json={"payment_terms": {method: terms}})
    assert answer.status_code == 422, answer.text
    assert next(iter(rules(answer))).startswith("payment_terms")


async def test_terms_that_a_way_to_pay_has_not_are_refused(it: Alone) -> None:
    store = await opened(it)
    admin = it.client("store_admin", store=store)
    for method, terms, field in (
        ("proof", {"instalments": 2}, "instalments"),
        ("xendit", {"instalments": 2}, "instalments"),
        ("cash-on-delivery", {"instalments": 3}, "instalments"),
        ("stripe", {"instalments": 3}, "instalments"),
        ("stripe", {"interest": 100}, "interest"),
        ("midtrans", {"instalments": 3, "interest_free": 4}, "interest_free"),
    ):
        answer = await admin.patch("/api/v1/store", json={"payment_terms": {method: terms}})
        assert list(rules(answer)) == [f"payment_terms.{method}.{field}"]
    assert (await seen(admin)).payment_terms == {}


async def test_instalments_at_stripe_are_for_mexican_stores(it: Alone) -> None:
    store = await opened(it)
    admin = it.client("store_admin", store=store)
    given = {"currency": "MXN", "payment_terms": {"stripe": {"instalments": 6, "interest_free": 6}}}
    assert (await admin.patch("/api/v1/store", json=given)).status_code == 200
    assert (await seen(admin)).payment_terms["stripe"].instalments == 6
    refused = await admin.patch("/api/v1/store", json={"currency": "EUR"})
    assert list(rules(refused)) == ["payment_terms.stripe.instalments"]
    plain = await admin.patch("/api/v1/store", json={"payment_terms": {"stripe": {"instalments": 1}}})
    assert plain.json()["payment_terms"] == {}, "what changes nothing is not kept"


# --- the order profile


async def test_profile_names_states_and_leaves_out_edges(it: Alone) -> None:
    store = await opened(it)
    admin = it.client("store_admin", store=store)
    given = {"labels": {"PENDING": "Waiting for payment", "IN_REVIEW": "Proof in review"}, "edges": {"DELIVERED": []}}
    assert (await admin.patch("/api/v1/store", json={"order_profile": given})).status_code == 200
    profile = (await seen(admin)).order_profile
    assert profile.label("PENDING") == "Waiting for payment"
    assert profile.label("PENDING", in_review=True) == "Proof in review"
    assert profile.label("CONFIRMED", in_review=True) == "Confirmed"
    assert not profile.allows("DELIVERED", "RETURNED")
    assert profile.allows("SHIPPED", "DELIVERED")


@pytest.mark.parametrize(
    ("profile", "field"),
    [
        ({"labels": {"LOST": "x"}}, "order_profile"),
        ({"labels": {"PENDING": ""}}, "order_profile"),
        ({"labels": {"PENDING": "x" * 41}}, "order_profile"),
        ({"edges": {"PENDING": "CONFIRMED"}}, "order_profile"),
        ({"edges": {"PENDING": []}}, "order_profile.edges.PENDING"),
        ({"edges": {"RETURNED": ["PENDING"]}}, "order_profile.edges.RETURNED"),
    ],
)
async def test_profile_beyond_the_table_is_refused(it: Alone, profile: object, field: str) -> None:
    answer = await it.client("store_admin").patch("/api/v1/store", json={"order_profile": profile})
    assert next(iter(rules(answer))).startswith(field)
