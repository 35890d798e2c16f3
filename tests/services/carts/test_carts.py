"""The routes of the carts service: what is in a cart, and whose it is."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.harness import Alone
from tests.services.carts.filling import CART, ITEMS, add, cart_of, changed, fields, first, for_sale, quantities, usd
from tradehall.contracts.catalog import ProductDeleted
from tradehall.contracts.stores import Store
from tradehall.kernel.ids import uuid7


async def rows(it: Alone) -> int:
    (row,) = await it.sql("SELECT count(*) AS n FROM carts")
    return row["n"]  # type: ignore[no-any-return]


async def test_an_added_item_is_shown_with_the_catalogues_facts(it: Alone) -> None:
    lamp = await for_sale(it, 1250)
    cart = await add(it.client(), first(lamp), 3)
    assert cart["items"] == [
        {
            "variant_id": str(first(lamp)),
            "product_id": str(lamp.product_id),
            "seller_id": str(lamp.seller_id),
            "slug": lamp.slug,
            "title": "Lamp 0",
            "options": {},
            "sku": lamp.variants[0].sku,
            "image": None,
            "quantity": 3,
            "unit_price": usd(1250),
            "line_total": usd(3750),
            "selected": True,
            "available": None,
            "changed": None,
            "gone": False,
        }
    ]
    assert (cart["subtotal"], cart["count"], cart["version"]) == (usd(3750), 3, 1)
    assert cart["selected"] == {"subtotal": usd(3750), "count": 3}


async def test_adding_again_adds_up(it: Alone) -> None:
    lamp = await for_sale(it, 100, 200)
    guest = it.client()
    await add(guest, first(lamp), 2)
    await add(guest, lamp.variants[1].variant_id)
    cart = await add(guest, first(lamp), 3)
    assert [item["quantity"] for item in cart["items"]] == [5, 1]
    assert (cart["subtotal"], cart["count"], cart["version"]) == (usd(700), 6, 3)
    assert await cart_of(guest) == cart


async def test_a_guest_is_given_a_cart_and_its_cookie(it: Alone) -> None:
    lamp = await for_sale(it, 100)
    guest = it.client()
    answer = await guest.post(ITEMS, json={"variant_id": str(first(lamp)), "quantity": 1})
    id = UUID(answer.json()["id"])
    assert id.version == 4
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith(f"cart={id};")
    assert {"httponly", "path=/", "samesite=lax"} <= {part.strip() for part in cookie.split(";")}
    assert "secure" not in cookie
    assert "set-cookie" not in (await guest.post(ITEMS, json={"variant_id": str(first(lamp))})).headers
    assert (await cart_of(guest))["count"] == 2


async def test_a_cart_is_found_by_header_before_cookie(it: Alone) -> None:
    lamp = await for_sale(it, 100)
    guest, id = it.client(), str(uuid4())
    await add(guest, first(lamp), 5)
    guest.headers["cart-id"] = id
    assert (await add(guest, first(lamp), 2))["id"] == id
    assert (await cart_of(it.client()))["count"] == 0
    elsewhere = it.client()
    elsewhere.headers["cart-id"] = id
    assert (await cart_of(elsewhere))["count"] == 2


@pytest.mark.parametrize(
    "id", ["", "x", "0", "not-a-uuid", "\x7f", "a" * 5000, "01a1fd69-c432-7117-a7a5-1513112ee30d", "null"]
)
async def test_an_id_that_no_guests_cart_can_have_gets_a_new_cart(it: Alone, id: str) -> None:
    lamp = await for_sale(it, 100)
    guest = it.client()
    guest.headers["cart-id"] = id
    cart = await add(guest, first(lamp))
    assert (UUID(cart["id"]).version, cart["count"]) == (4, 1)
    assert cart["id"] != id


async def test_looking_writes_nothing(it: Alone) -> None:
    before = await rows(it)
    for client in (it.client(), it.client("shopper")):
        cart = await cart_of(client)
        assert (cart["items"], cart["version"], cart["subtotal"], cart["count"]) == ([], 0, usd(0), 0)
        cleared = await client.delete(CART)
        assert (cleared.status_code, cleared.json()["items"]) == (200, [])
    assert await rows(it) == before


async def test_an_account_finds_its_cart_everywhere(it: Alone) -> None:
    lamp, user = await for_sale(it, 100), uuid7()
    here, there = it.client("shopper", user_id=user), it.client("shopper", user_id=user)
    answer = await here.post(ITEMS, json={"variant_id": str(first(lamp)), "quantity": 2})
    assert "set-cookie" not in answer.headers
    there.headers["cart-id"] = str(uuid4())  # an account's cart is the account's, whatever is sent along
    assert await cart_of(there) == answer.json()
    assert (await cart_of(it.client("shopper")))["items"] == []


async def test_no_guest_reaches_an_accounts_cart_by_its_id(it: Alone) -> None:
    lamp, shopper = await for_sale(it, 100), it.client("shopper")
    cart = await add(shopper, first(lamp), 2)
    for thief in (it.client(), it.client("shopper")):
        thief.headers["cart-id"] = cart["id"]
        thief.cookies.set("cart", cart["id"])
        assert (await cart_of(thief))["items"] == []
        assert (await add(thief, first(lamp), 9))["id"] != cart["id"]
        assert (await thief.delete(CART)).status_code == 200
    assert await cart_of(shopper) == cart


async def test_a_cart_of_another_store_is_not_there(it: Alone) -> None:
    lamp, there = await for_sale(it, 100), await for_sale(it, 100, store=it.other)
    guest, id, user = it.client(), str(uuid4()), uuid7()
    guest.headers["cart-id"] = id
    await add(guest, first(lamp), 2)
    await add(it.client("shopper", user_id=user), first(lamp), 2)
    neighbour, same = it.client(store=it.other), it.client("shopper", store=it.other, user_id=user)
    neighbour.headers["cart-id"] = id
    assert (await cart_of(neighbour))["items"] == (await cart_of(same))["items"] == []
    answer = await neighbour.post(ITEMS, json={"variant_id": str(first(lamp)), "quantity": 1})
    assert (answer.status_code, answer.json()["type"]) == (404, "unknown-variant")
    assert (await add(neighbour, first(there)))["id"] == id
    assert (await cart_of(guest))["count"] == 2


async def test_a_quantity_is_set_and_a_line_removed(it: Alone) -> None:
    lamp = await for_sale(it, 100, 200)
    guest, second = it.client(), lamp.variants[1].variant_id
    await add(guest, first(lamp), 2)
    await add(guest, second, 2)
    answer = await guest.put(f"{ITEMS}/{first(lamp)}", json={"quantity": 7})
    assert (answer.status_code, answer.json()["subtotal"]) == (200, usd(1100))
    answer = await guest.delete(f"{ITEMS}/{second}")
    assert (answer.status_code, quantities(answer.json())) == (200, {str(first(lamp)): 7})
    answer = await guest.delete(f"{ITEMS}/{second}")
    assert (answer.status_code, answer.json()["type"]) == (404, "not-in-cart")
    assert (await guest.put(f"{ITEMS}/{uuid7()}", json={"quantity": 1})).status_code == 404


async def test_a_cleared_cart_keeps_counting_its_versions(it: Alone) -> None:
    lamp, guest = await for_sale(it, 100), it.client()
    await add(guest, first(lamp))
    cleared = (await guest.delete(CART)).json()
    assert (cleared["items"], cleared["version"]) == ([], 2)
    assert (await add(guest, first(lamp)))["version"] == 3


async def test_a_line_holds_one_to_999(it: Alone) -> None:
    lamp, guest = await for_sale(it, 100), it.client()
    for quantity in (0, -1, 1000, 2**31, 2**63, 1.5, "x", None, True):
        answer = await guest.post(ITEMS, json={"variant_id": str(first(lamp)), "quantity": quantity})
        assert fields(answer) == {"quantity"}
    await add(guest, first(lamp), 999)
    assert fields(await guest.post(ITEMS, json={"variant_id": str(first(lamp)), "quantity": 1})) == {"quantity"}
    assert fields(await guest.put(f"{ITEMS}/{first(lamp)}", json={"quantity": 1000})) == {"quantity"}
    assert (await cart_of(guest))["count"] == 999


async def test_a_cart_holds_200_lines(it: Alone) -> None:
    shelf = await for_sale(it, *range(1, 202))
    guest = it.client()
    for variant in shelf.variants[:200]:
        await add(guest, variant.variant_id)
    answer = await guest.post(ITEMS, json={"variant_id": str(shelf.variants[200].variant_id), "quantity": 1})
    assert fields(answer) == {"variant_id"}
    cart = await add(guest, shelf.variants[0].variant_id)
    assert (len(cart["items"]), cart["count"]) == (200, 201)


@pytest.mark.parametrize(
    "body", [{}, {"variant_id": "x"}, {"variant_id": None}, {"variant_id": "\x00"}, {"variant_id": 3}]
)
async def test_a_wrong_variant_is_named(it: Alone, body: Any) -> None:
    assert fields(await it.client().post(ITEMS, json={"quantity": 1, **body})) == {"variant_id"}


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 5000])
async def test_a_broken_body_is_refused(it: Alone, content: bytes) -> None:
    headers = {"content-type": "application/json"}
    answer = await it.client().post(ITEMS, content=content, headers=headers)
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_what_is_not_for_sale_is_refused(it: Alone) -> None:
    draft, deleted = await for_sale(it, 100, status="draft"), await for_sale(it, 100)
    await it.given(ProductDeleted(product_id=deleted.product_id, seller_id=deleted.seller_id), key=deleted.product_id)
    for variant_id in (first(draft), first(deleted), uuid7()):
        answer = await it.client().post(ITEMS, json={"variant_id": str(variant_id), "quantity": 1})
        assert (answer.status_code, answer.json()["type"]) == (404, "unknown-variant")


async def test_prices_and_titles_follow_the_catalogue_and_changes_are_flagged(it: Alone) -> None:
    lamp, guest = await for_sale(it, 1000), it.client()
    await add(guest, first(lamp), 2)
    facts = lamp.variants[0].__class__(
        variant_id=first(lamp), sku="NEW", title="Better lamp", options={"Colour": "red"}, price=900, image="/l.webp"
    )
    await changed(it, lamp, variants=[facts])
    cart = await cart_of(guest)
    (item,) = cart["items"]
    assert (item["title"], item["sku"], item["image"]) == ("Better lamp", "NEW", "/l.webp")
    assert item["options"] == {"Colour": "red"}
    assert (item["unit_price"], cart["subtotal"]) == (usd(900), usd(1800))
    assert item["changed"] == {
        "price": {"from": usd(1000), "to": usd(900)},
        "title": {"from": "Lamp 0", "to": "Better lamp"},
        "options": {"from": {}, "to": {"Colour": "red"}},
    }
    await changed(it, lamp)
    assert (await cart_of(guest))["items"][0]["changed"] is None


async def test_vanished_lines_are_flagged_and_count_for_nothing(it: Alone) -> None:
    kept, deleted, hidden = await for_sale(it, 100), await for_sale(it, 1000), await for_sale(it, 1000)
    lost = await for_sale(it, 1000, 2000)
    guest = it.client()
    for variant_id in (first(kept), first(deleted), first(hidden), first(lost)):
        await add(guest, variant_id, 2)
    await it.given(ProductDeleted(product_id=deleted.product_id, seller_id=deleted.seller_id), key=deleted.product_id)
    await changed(it, hidden, status="draft")
    await changed(it, lost, variants=lost.variants[1:])
    cart = await cart_of(guest)
    assert [item["gone"] for item in cart["items"]] == [False, True, True, True]
    assert (cart["subtotal"], cart["count"]) == (usd(200), 2)
    assert cart["items"][1]["title"] == "Lamp 0"
    await changed(it, hidden)
    assert [item["gone"] for item in (await cart_of(guest))["items"]] == [False, True, False, True]
    assert (await guest.delete(f"{ITEMS}/{first(deleted)}")).status_code == 200


async def test_concurrent_writes_lose_nothing(it: Alone) -> None:
    shelf, user = await for_sale(it, 100, 100), uuid7()
    shopper = it.client("shopper", user_id=user)

    async def one(n: int) -> tuple[str, int]:
        variant_id = str(shelf.variants[n % 2].variant_id)
        answer = await shopper.post(ITEMS, json={"variant_id": variant_id, "quantity": 1})
        assert answer.status_code == 201 or answer.json()["type"] == "cart-conflict", answer.text
        return variant_id, answer.status_code

    answers = await asyncio.gather(*(one(n) for n in range(24)))
    done = [variant_id for variant_id, status in answers if status == 201]
    assert len(done) >= 8
    assert quantities(await cart_of(shopper)) == {v: done.count(v) for v in set(done)}


async def test_changes_of_one_moment_all_count(it: Alone) -> None:
    lamp, rug, user = await for_sale(it, 100), await for_sale(it, 200), uuid7()
    shoppers = [it.client("shopper", user_id=user) for _ in range(3)]
    others = [it.client() for _ in range(6)]
    jobs = [add(shopper, first(lamp)) for shopper in shoppers for _ in range(3)]
    jobs += [add(other, first(rug), n) for n, other in enumerate(others, 1)]
    nowhere = it.client().post(ITEMS, json={"variant_id": str(uuid7()), "quantity": 1})
    *made, refused = await asyncio.gather(*jobs, nowhere)
    assert refused.status_code == 404
    assert sorted(cart["version"] for cart in made[:9]) == list(range(1, 10))
    assert sorted(cart["count"] for cart in made[:9]) == list(range(1, 10))
    assert quantities(await cart_of(shoppers[0])) == {str(first(lamp)): 9}
    assert [quantities(cart) for cart in made[9:]] == [{str(first(rug)): n} for n in range(1, 7)]


async def peer_cart(it: Alone, cart_id: str, user: UUID | None, store: Store | None = None) -> dict[str, Any]:
    params = {"store_id": str((store or it.store).id)} | ({"user_id": str(user)} if user else {})
    return await it.running.peers.ask("carts", f"/internal/v1/carts/{cart_id}", dict[str, Any], **params)


async def test_peers_read_lines_and_version_by_id(it: Alone) -> None:
    lamp, user = await for_sale(it, 100), uuid7()
    mine = await add(it.client("shopper", user_id=user), first(lamp), 4)
    path = f"/internal/v1/carts/{mine['id']}"
    lines = [{"variant_id": str(first(lamp)), "quantity": 4, "selected": True}]
    assert await peer_cart(it, mine["id"], user) == {"lines": lines, "version": 1, "user_id": str(user)}
    for who in (None, uuid7()):
        assert (await peer_cart(it, mine["id"], who))["lines"] == []
    assert (await peer_cart(it, mine["id"], user, it.other))["lines"] == []
    guests = await add(it.client(), first(lamp), 4)
    for who in (None, user):
        assert await peer_cart(it, guests["id"], who) == {"lines": lines, "version": 1, "user_id": None}
    for client in (it.client(), it.client("shopper", user_id=user), it.client("operator")):
        assert (await client.get(path, params={"store_id": str(it.store.id)})).status_code in (401, 403)
