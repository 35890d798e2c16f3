"""Products of many variants: their answer from what is kept encoded is, byte for byte, the one made anew."""

from typing import Any

import httpx
import pytest

from tests.harness import Alone
from tests.services.catalog.goods import a_seller, make, offer
from tradehall.contracts.inventory import ProductQuantityUpdated
from tradehall.services.catalog.api import encoded
from tradehall.services.catalog.api import shop as api
from tradehall.services.catalog.api.encoded import EncodedVariants
from tradehall.services.catalog.queries import variants

SERVICE = "catalog"


@pytest.fixture(scope="module")
async def seller(it: Alone) -> httpx.AsyncClient:
    return (await a_seller(it, "maker"))[1]


class Reader:
    """Signed in, so that no answer is kept whole. `made_anew` counts how often the variants themselves were read."""

    def __init__(self, it: Alone, patch: pytest.MonkeyPatch) -> None:
        self._client = it.client("shopper")
        self._patch = patch
        self.made_anew = 0
        of_row = variants.of_row

        def counted(row: Any) -> Any:
            self.made_anew += 1
            return of_row(row)

        patch.setattr(variants, "of_row", counted)
        patch.setattr(api, "_encoded", EncodedVariants())

    async def get(self, slug: str) -> httpx.Response:
        answer = await self._client.get(f"/api/v1/products/{slug}")
        assert answer.status_code == 200, answer.text
        return answer

    async def checked(self, slug: str) -> dict[str, Any]:
        """The answer as it comes twice, which is what comes where nothing is kept."""
        first, second = await self.get(slug), await self.get(slug)
        with self._patch.context() as patched:
            patched.setattr(api, "_encoded", EncodedVariants())
            anew = await self.get(slug)
        assert first.content == second.content == anew.content
        assert first.headers["etag"] == anew.headers["etag"]
        return dict(anew.json())


@pytest.fixture
def reader(it: Alone, monkeypatch: pytest.MonkeyPatch) -> Reader:
    return Reader(it, monkeypatch)


async def a_coat(seller: httpx.AsyncClient, count: int = encoded.MANY) -> dict[str, Any]:
    """Options in another order than jsonb has them, and text that JSON escapes."""
    coat = await make(seller, "Coat", options=["Lining", "Size"], variants=_offers(count))
    assert len(coat["variants"]) == count
    return coat


def _offers(count: int) -> list[dict[str, Any]]:
    return [
        offer(price=1000 + n, options={"Lining": f'"Fur" \\ Pelz {n // 10}ß', "Size": str(n)}, weight_g=n)
        | ({"compare_at": 5000} if n % 3 else {})
        for n in range(count)
    ]


async def test_what_is_kept_is_what_would_be_made(seller: httpx.AsyncClient, reader: Reader) -> None:
    coat = await a_coat(seller)
    shown = await reader.checked(coat["slug"])
    assert [v["id"] for v in shown["variants"]] == [v["id"] for v in coat["variants"]]
    assert list(shown["variants"][0]["options"]) == ["Lining", "Size"]
    before = reader.made_anew
    for _ in range(3):
        await reader.get(coat["slug"])
    assert reader.made_anew == before


async def test_quantities_are_those_of_now(it: Alone, seller: httpx.AsyncClient, reader: Reader) -> None:
    coat = await a_coat(seller)
    await reader.get(coat["slug"])
    first, last = coat["variants"][0], coat["variants"][-1]
    for variant, available, backorder in ((first, 3, False), (last, 0, True), (first, 0, False)):
        event = ProductQuantityUpdated(
            product_id=coat["id"], variant_id=variant["id"], available=available, backorder=backorder
        )
        await it.given(event, key=variant["id"])
        before = reader.made_anew
        shown = (await reader.get(coat["slug"])).json()
        assert reader.made_anew == before
        (said,) = [v for v in shown["variants"] if v["id"] == variant["id"]]
        assert (said["available"], said["backorder"]) == (available, backorder)
        await reader.checked(coat["slug"])


async def test_a_change_shows_at_once(seller: httpx.AsyncClient, reader: Reader) -> None:
    coat = await a_coat(seller)
    path, one = f"/api/v1/products/{coat['id']}", coat["variants"][3]
    await reader.get(coat["slug"])
    for method, where, change in (
        ("PATCH", f"{path}/variants/{one['id']}", {"price": 777}),
        ("PATCH", f"{path}/variants/{one['id']}", {"sku": f"{one['sku']}'"}),
        ("PATCH", path, {"description": "Warm."}),
        ("DELETE", f"{path}/variants/{coat['variants'][0]['id']}", None),
        ("POST", f"{path}/variants", offer(options={"Lining": "none", "Size": "XL"})),
    ):
        answer = await seller.request(method, where, json=change)
        assert answer.is_success, answer.text
        shown = (await reader.get(coat["slug"])).json()
        now = (await seller.get(f"/api/v1/manage/products/{coat['id']}")).json()
        assert shown["variants"] == now["variants"], (method, change)
        assert shown["options"] == now["options"]
        await reader.checked(coat["slug"])


async def test_a_slug_taken_over_shows_the_other_product(seller: httpx.AsyncClient, reader: Reader) -> None:
    """Of the same version."""
    coat, other = await a_coat(seller), await a_coat(seller)
    await reader.get(coat["slug"])
    moved = await seller.patch(f"/api/v1/products/{coat['id']}", json={"slug": f"{coat['slug']}-old"})
    assert moved.status_code == 200, moved.text
    answer = await seller.patch(f"/api/v1/products/{other['id']}", json={"slug": coat["slug"]})
    assert answer.status_code == 200, answer.text
    assert answer.json()["version"] == moved.json()["version"]
    assert (await reader.checked(coat["slug"]))["id"] == other["id"]
    assert (await reader.checked(moved.json()["slug"]))["id"] == coat["id"]


async def test_what_is_kept_is_bounded(
    seller: httpx.AsyncClient, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoded, "KEPT", 2)
    few = await a_coat(seller, encoded.MANY - 1)
    coats = [await a_coat(seller) for _ in range(3)]
    for coat in (few, *coats):
        await reader.get(coat["slug"])
    assert {slug for _, slug in api._encoded._kept} == {coat["slug"] for coat in coats[1:]}
