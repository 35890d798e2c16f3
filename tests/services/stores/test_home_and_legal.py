from typing import Any

import pytest

from tests.harness import Alone
from tests.services.stores.opening import opened, rules, seen
from tradehall.contracts.stores import StoreUpdated

SERVICE = "stores"
BLOCKS: list[dict[str, Any]] = [
    {
        "kind": "hero",
        "heading": "New",
        "text": "Look",
        "picture": None,
        "link": {"title": "See", "target": "/products"},
    },
    {"kind": "rail", "heading": "Lamps", "by": "category", "of": "lamps", "count": 4},
    {"kind": "text", "heading": "About", "text": "We *make* lamps."},
    {"kind": "links", "heading": "", "links": [{"title": "Maker", "target": "https://maker.example/a?b=c"}]},
]


async def test_blocks_are_kept_in_their_order_and_are_in_no_event(it: Alone) -> None:
    store = await opened(it)
    admin, guest = it.client("store_admin", store=store), it.client(store=store)
    assert (await guest.get("/api/v1/store/home")).json() == {"version": 0, "blocks": [], "pictures": {}}
    answer = await admin.put("/api/v1/store/home", json={"blocks": BLOCKS, "replaces": 0})
    assert answer.status_code == 200, answer.text
    assert (await guest.get("/api/v1/store/home")).json()["blocks"] == BLOCKS
    assert (await seen(guest)).has_home
    (told,) = await it.published(StoreUpdated, store=store)
    assert "lamps" not in str(told)
    await admin.put("/api/v1/store/home", json={"blocks": BLOCKS[::-1]})
    assert [b["kind"] for b in (await guest.get("/api/v1/store/home")).json()["blocks"]] == [
        "links", "text", "rail", "hero",
    ]  # fmt: skip
    assert len(await it.published(StoreUpdated, store=store)) == 1
    await admin.put("/api/v1/store/home", json={"blocks": []})
    assert not (await seen(guest)).has_home


async def test_what_somebody_else_changed_is_not_written_over(it: Alone) -> None:
    store = await opened(it)
    admin = it.client("store_admin", store=store)
    await admin.put("/api/v1/store/home", json={"blocks": BLOCKS[:1], "replaces": 0})
    answer = await admin.put("/api/v1/store/home", json={"blocks": [], "replaces": 0})
    assert (answer.status_code, answer.json()["type"], answer.json()["extra"]) == (409, "home-changed", {"version": 1})


@pytest.mark.parametrize(
    ("block", "field"),
    [
        ({"kind": "video"}, "blocks[0].kind"),
        ({"kind": "hero"}, "blocks[0].heading"),
        ({"kind": "hero", "heading": "x" * 121}, "blocks[0].heading"),
        ({"kind": "hero", "heading": "x", "picture": "0" * 32}, "blocks[0].picture"),
        ({"kind": "hero", "heading": "x", "picture": "../x"}, "blocks[0].picture"),
        ({"kind": "rail", "heading": "x", "by": "tag"}, "blocks[0].of"),
        ({"kind": "rail", "heading": "x", "count": 25}, "blocks[0].count"),
        ({"kind": "text", "text": ""}, "blocks[0].text"),
        ({"kind": "text", "text": "a\u0000"}, "blocks[0].text"),
        ({"kind": "links", "links": []}, "blocks[0].links"),
        ({"kind": "links", "links": [{"title": "x", "target": "javascript:alert(1)"}]}, "blocks[0].links[0].target"),
        ({"kind": "links", "links": [{"title": "x", "target": "//evil.example"}]}, "blocks[0].links[0].target"),
        ({"kind": "links", "links": [{"title": "x", "target": "/\\evil.example"}]}, "blocks[0].links[0].target"),
        ({"kind": "links", "links": [{"title": "x", "target": "http://plain.example"}]}, "blocks[0].links[0].target"),
    ],
)
async def test_a_block_that_cannot_be_is_refused_at_its_place(it: Alone, block: Any, field: str) -> None:
    store = await opened(it)
    answer = await it.client("store_admin", store=store).put("/api/v1/store/home", json={"blocks": [block]})
    assert list(rules(answer)) == [field]


async def test_there_are_so_many_blocks_at_most(it: Alone) -> None:
    store = await opened(it)
    answer = await it.client("store_admin", store=store).put("/api/v1/store/home", json={"blocks": BLOCKS[:1] * 21})
    assert list(rules(answer)) == ["blocks"]


async def test_every_version_of_a_text_stays(it: Alone) -> None:
    store = await opened(it)
    admin, guest = it.client("store_admin", store=store), it.client(store=store)
    url = "/api/v1/store/legal/terms"
    assert (await guest.get(url)).status_code == 404
    first = (await admin.put(url, json={"text": "# Terms\n\nOne.", "replaces": 0})).json()
    assert first["version"] == 1
    again = (await admin.put(url, json={"text": "# Terms\n\nOne.  "})).json()
    assert again == first
    await admin.put(url, json={"text": "Two."})
    assert (await guest.get(url)).json()["text"] == "Two."
    assert (await guest.get(url, params={"version": 1})).json() == first
    assert (await guest.get(url, params={"version": 9})).status_code == 404
    page = (await guest.get(f"{url}/versions", params={"limit": 1})).json()
    assert [row["version"] for row in page["items"]] == [2]
    page = (await guest.get(f"{url}/versions", params={"cursor": page["next"]})).json()
    assert [row["version"] for row in page["items"]] == [1]
    assert [row["kind"] for row in (await guest.get("/api/v1/store/legal")).json()["items"]] == ["terms"]
    late = await admin.put(url, json={"text": "Three.", "replaces": 1})
    assert (late.status_code, late.json()["type"]) == (409, "legal-changed")


async def test_a_text_taken_out_of_force_is_not_listed_but_stays_as_a_version(it: Alone) -> None:
    store = await opened(it)
    admin, guest = it.client("store_admin", store=store), it.client(store=store)
    for kind in ("returns", "imprint"):
        await admin.put(f"/api/v1/store/legal/{kind}", json={"text": kind})
    assert (await seen(guest)).legal == ["imprint", "returns"]
    await admin.put("/api/v1/store/legal/imprint", json={"text": " \n"})
    assert (await seen(guest)).legal == ["returns"]
    assert (await guest.get("/api/v1/store/legal/imprint")).status_code == 404
    assert (await guest.get("/api/v1/store/legal/imprint?version=1")).json()["text"] == "imprint"
    told = await it.published(StoreUpdated, store=store, count=3)
    assert all("text" not in str(event).replace("context", "") for event in told)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("privacy", {"text": "x" * 100_001}, 422),
        ("privacy", {"text": "\u0000"}, 422),
        ("privacy", {}, 422),
        ("privacy", {"text": "x", "replaces": -1}, 422),
        ("cookies", {"text": "x"}, 404),
        ("privacy%00", {"text": "x"}, 404),
    ],
)
async def test_a_text_that_cannot_be_is_refused(it: Alone, path: str, body: Any, status: int) -> None:
    store = await opened(it)
    answer = await it.client("store_admin", store=store).put(f"/api/v1/store/legal/{path}", json=body)
    assert answer.status_code == status, answer.text


async def test_texts_and_blocks_of_one_store_are_none_in_another(it: Alone) -> None:
    one, other = await opened(it), await opened(it)
    admin = it.client("store_admin", store=one)
    await admin.put("/api/v1/store/home", json={"blocks": BLOCKS})
    await admin.put("/api/v1/store/legal/terms", json={"text": "Ours"})
    stranger = it.client("store_admin", store=other)
    assert (await stranger.get("/api/v1/store/home")).json()["blocks"] == []
    assert (await stranger.get("/api/v1/store/legal/terms")).status_code == 404
    assert (await stranger.get("/api/v1/store/legal/terms/versions")).json()["items"] == []


@pytest.mark.parametrize("cursor", ["x", "WzFd0", "W10", "Wzk5OTk5OTk5OTk5OTk5OTk5OTk5XQ", "WyJhIl0"])
async def test_a_cursor_that_is_none_is_no_crash(it: Alone, cursor: str) -> None:
    answer = await it.client().get("/api/v1/store/legal/terms/versions", params={"cursor": cursor})
    assert answer.status_code in (200, 422)
