"""Pictures of reviews: made anew from what was uploaded, gone with the review."""

import asyncio
from io import BytesIO
from typing import Any

import httpx
from PIL import Image

from tests.harness import Alone, eventually
from tests.services.catalog.goods import picture
from tests.services.reviews.buying import delivered, reviewed, set_rules, shown, stranger, write
from tradehall.services.reviews.model import MOST_PICTURES

SERVICE = "reviews"


async def upload(
    client: httpx.AsyncClient, review: dict[str, Any], content: bytes = b"", **rest: Any
) -> httpx.Response:
    file = ("photo.jpg", content or picture("JPEG"), "image/jpeg")
    return await client.post(f"/api/v1/reviews/{review['id']}/pictures", files={"image": file}, **rest)


async def test_a_picture_is_shown_large_and_small_without_what_the_camera_wrote(it: Alone) -> None:
    bought, review = await reviewed(it)
    exif = Image.Exif()
    exif[0x010E] = "secret-place"
    answer = await upload(bought.buyer, review, picture("JPEG", (2000, 1000), exif=exif))
    assert answer.status_code == 201, answer.text
    (seen,) = (await shown(it, bought.product.product_id))["items"]
    (one,) = seen["pictures"]
    assert (one["width"], one["height"]) == (1200, 600)
    for url, size in ((one["url"], (1200, 600)), (one["thumb"], (480, 240))):
        got = await it.client().get(url)
        assert got.headers["content-type"] == "image/webp"
        assert b"secret-place" not in got.content
        assert Image.open(BytesIO(got.content)).size == size
    assert (await it.client(store=it.other).get(one["url"])).status_code == 404
    again = await it.client().get(one["url"], headers={"if-none-match": got.headers["etag"]})
    assert again.status_code in (200, 304)


async def test_what_is_no_picture_is_refused(it: Alone) -> None:
    bought, review = await reviewed(it)
    assert (await upload(bought.buyer, review, b"GIF89a no picture")).status_code == 415
    assert (await upload(bought.buyer, review, picture("JPEG")[:200])).status_code == 422
    assert (await upload(stranger(it), review)).status_code == 404
    assert (await upload(it.client("store_admin"), review)).status_code == 404


async def test_five_whoever_hurries(it: Alone) -> None:
    bought, review = await reviewed(it)
    answers = await asyncio.gather(*(upload(bought.buyer, review) for _ in range(MOST_PICTURES + 2)))
    assert sorted(a.status_code for a in answers) == [201] * MOST_PICTURES + [409] * 2
    found = await it.client().get(f"/api/v1/reviews/{review['id']}")
    assert len(found.json()["pictures"]) == MOST_PICTURES


async def test_removed_pictures_are_deleted(it: Alone) -> None:
    bought, review = await reviewed(it)
    for _ in range(2):
        review = (await upload(bought.buyer, review)).json()
    one, two = review["pictures"]
    path = f"/api/v1/reviews/{review['id']}"
    assert (await stranger(it).delete(f"{path}/pictures/{one['key']}")).status_code == 404
    left = (await bought.buyer.delete(f"{path}/pictures/{one['key']}")).json()
    assert [p["key"] for p in left["pictures"]] == [two["key"]]
    assert (await bought.buyer.delete(f"{path}/pictures/{one['key']}")).status_code == 404

    async def gone(url: str) -> bool:
        return (await it.client().get(url)).status_code == 404

    await eventually(lambda: gone(one["url"]))
    assert not await gone(two["url"])
    assert (await bought.buyer.delete(path)).status_code == 204
    await eventually(lambda: gone(two["thumb"]))


async def test_another_picture_waits_for_approval_too(it: Alone) -> None:
    bought = await delivered(it)
    review = await write(bought)
    await set_rules(it, approval=True)
    try:
        assert (await upload(bought.buyer, review)).json()["status"] == "pending"
    finally:
        await set_rules(it)
