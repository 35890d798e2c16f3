"""What is exported comes back unchanged, whatever is in it."""

from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.harness import Alone
from tests.services.catalog.files import EXPORT, counts, export, read, report, table, take_in, told
from tests.services.catalog.goods import a_seller, make, offer
from tradehall.kernel.ids import uuid7

SERVICE = "catalog"

AWKWARD = st.text(
    alphabet=st.sampled_from("=+-@'\"\t\r\n ,;|\\0129.etruabZ{}äß€𝄞\u2028\u00a0"), min_size=1, max_size=15
).filter(lambda text: text.strip() != "")
LABELS = AWKWARD | st.sampled_from(["Colour", "true", "12", "'12", "=1+1", "-5"])
VALUES = LABELS | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(-1e6, 1e6).filter(lambda n: abs(n) > 1e-6)


@st.composite
def goods(draw: st.DrawFn) -> dict[str, Any]:
    """A product as POST takes it."""
    options = draw(st.lists(LABELS, max_size=3, unique=True))
    choices = draw(st.lists(st.tuples(*(LABELS for _ in options)), min_size=1, max_size=4, unique=True))
    prices = st.integers(0, 10**7)
    return {
        "name": draw(AWKWARD),
        "description": draw(AWKWARD | st.just("")),
        "brand": draw(AWKWARD | st.just("")),
        "tags": draw(st.lists(LABELS, max_size=4)),
        "specifications": [
            {"name": name, "value": draw(VALUES)} for name in draw(st.lists(LABELS, max_size=4, unique=True))
        ],
        "options": options,
        "status": draw(st.sampled_from(["draft", "published"])),
        "variants": [
            {
                "price": price,
                "compare_at": draw(st.none() | st.just(price + 1)),
                "weight_g": draw(st.integers(0, 10**6)),
                "options": dict(zip(options, choice, strict=True)),
            }
            for choice in (choices if options else choices[:1])
            for price in [draw(prices)]
        ],
    }


# Without shrinking, which would go on for minutes against real servers.
@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(catalogue=st.lists(goods(), min_size=1, max_size=8))
async def test_export_comes_back_unchanged(it: Alone, catalogue: list[dict[str, Any]]) -> None:
    slug = f"s-{uuid7().hex[-12:]}"
    (_, here), (_, there) = await a_seller(it, slug), await a_seller(it, slug, store=it.other)
    for one in catalogue:
        answer = await here.post("/api/v1/products", json=one | {"variants": [offer(**v) for v in one["variants"]]})
        assert answer.status_code == 201, answer.text
    rows = sum(len(one["variants"]) for one in catalogue)
    exported, said = await export(here), await told(it)
    back = await take_in(here, exported)
    assert (counts(back), await report(here, back)) == ((0, 0, rows, 0), [])
    assert await told(it) == said
    assert await export(here) == exported
    moved = await take_in(there, exported)
    assert (counts(moved), await report(there, moved)) == ((rows, 0, 0, 0), [])
    assert cells(await export(there)) == cells(exported)


def cells(exported: str) -> set[tuple[str, str, str]]:
    return {(row["sku"], column, cell) for row in read(exported) for column, cell in row.items()}


async def test_formulas_leave_harmless_and_come_back(it: Alone) -> None:
    _, seller = await a_seller(it, "evil")
    made = await make(seller, '=HYPERLINK("http://x")', brand="@SUM(1)", tags=["+1 free", "plain"], description="-2+3")
    (row,) = read(await export(seller))
    assert (row["name"][:2], row["brand"][:2], row["tags"][:2], row["description"]) == ("'=", "'@", "'+", "'-2+3")
    done = await take_in(seller, await export(seller))
    assert counts(done) == (0, 0, 1, 0)
    cleared = table("sku,description", f"{made['variants'][0]['sku']},")
    assert counts(await take_in(seller, cleared)) == (0, 1, 0, 0)


async def test_seller_exports_own_products_an_admin_all_by_filters(it: Alone) -> None:
    admin = it.client("store_admin")
    await admin.post("/api/v1/categories", json={"slug": "garden", "name": "Garden"})
    await admin.post("/api/v1/categories", json={"slug": "pots", "name": "Pots", "parent": "garden"})
    _, north = await a_seller(it, "north")
    _, south = await a_seller(it, "south")
    _, far = await a_seller(it, "far", store=it.other)
    await make(north, "Pot", category="pots")
    await make(north, "Spade", category="garden", status="draft")
    await make(south, "Kettle")
    await make(far, "Elsewhere")

    async def names(client: Any, **params: str) -> set[str]:
        return {row["name"] for row in read(await export(client, **params))}

    assert await names(north) == {"Pot", "Spade"}
    assert {"Pot", "Spade", "Kettle"} <= await names(admin)
    assert "Elsewhere" not in await names(admin)
    assert await names(admin, category="garden") == {"Pot", "Spade"}
    assert await names(admin, category="pots", status="published") == {"Pot"}
    assert await names(admin, seller="south") == {"Kettle"}
    assert await names(north, seller="south") == set()
    assert (await it.client("shopper").get(EXPORT)).status_code == 403
    assert (await admin.get(EXPORT, params={"status": "sold"})).status_code == 422


async def test_export_of_one_store_founds_another(it: Alone) -> None:
    _, here = await a_seller(it, "mover")
    _, there = await a_seller(it, "mover", store=it.other)
    await make(
        here,
        "Sock",
        options=["Size", "Colour"],
        specifications={"Wool": 80, "Note": "12", "Organic": True},
        tags=["warm, soft"],
        variants=[
            offer("SO-1", 900, options={"Size": "S", "Colour": "Red"}),
            offer("SO-2", 950, options={"Size": "L", "Colour": "Red"}),
        ],
    )
    assert counts(await take_in(there, await export(here))) == (2, 0, 0, 0)
    first, second = [(await client.get("/api/v1/products/sock")).json() for client in (here, there)]
    for one in (first, second):
        for variant in one["variants"]:
            del variant["id"]
    same = ("name", "options", "specifications", "tags", "variants", "price")
    assert {name: first[name] for name in same} == {name: second[name] for name in same}


async def test_many_products_leave_in_pages(it: Alone) -> None:
    _, seller = await a_seller(it, "many")
    await take_in(seller, table("sku,name,price", *(f"MA-{n},Many {n},1" for n in range(250))))
    rows = read(await export(seller))
    assert sorted(row["sku"] for row in rows) == sorted(f"MA-{n}" for n in range(250))
    assert rows[0]["price"] == "1.00"
