"""Pictures: taken in, refused, shown."""

import asyncio
import struct
import zlib
from io import BytesIO
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.harness import Alone
from tests.services.catalog.goods import a_seller, make, offer, picture
from tradehall.contracts.catalog import ProductUpdated
from tradehall.kernel.ids import uuid7

SERVICE = "catalog"


@pytest.fixture(scope="module")
async def seller(it: Alone) -> httpx.AsyncClient:
    return (await a_seller(it, "painter"))[1]


async def upload(
    client: httpx.AsyncClient, product: dict[str, Any], content: bytes, name: str = "a.png", **data: str
) -> httpx.Response:
    return await client.post(f"/api/v1/products/{product['id']}/images", files={"image": (name, content)}, data=data)


def opened(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content))


def png_claiming(width: int, height: int) -> bytes:
    """A header that promises many pixels, and next to no data."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\0" * 100_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
async def test_picture_is_kept_in_two_sizes_and_shown(it: Alone, seller: httpx.AsyncClient, format: str) -> None:
    made = await make(seller, f"Painted {format}")
    answer = await upload(seller, made, picture(format, (2400, 1200)), "misnamed.txt", alt="<b>Green</b>")
    assert answer.status_code == 201, answer.text
    image = answer.json()
    assert (image["width"], image["height"], image["alt"]) == (1200, 600, "<b>Green</b>")
    guest = it.client()
    shown = (await guest.get(f"/api/v1/products/{made['slug']}")).json()
    assert shown["images"] == [image]
    (card,) = (await guest.get("/api/v1/products", params={"q": made["name"]})).json()["items"]
    assert card["image"] == image["thumb"]
    large, small = await guest.get(image["url"]), await guest.get(image["thumb"])
    assert (opened(large.content).format, opened(large.content).size) == ("WEBP", (1200, 600))
    assert opened(small.content).size == (480, 240)
    assert large.headers["content-type"] == "image/webp"
    assert large.headers["x-content-type-options"] == "nosniff"
    assert "immutable" in large.headers["cache-control"]
    again = await guest.get(image["url"], headers={"if-none-match": large.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    told = [e for e in await it.published(ProductUpdated) if str(e.product_id) == made["id"]]
    assert told[-1].variants[0].image == image["thumb"]


async def test_webp_that_needs_no_change_is_kept_as_it_is(it: Alone, seller: httpx.AsyncClient) -> None:
    made = await make(seller, "Untouched")
    bare = picture("WEBP", (800, 600))
    for sent, kept in ((bare, True), (bare + b"hidden", False), (picture("WEBP", (1600, 600)), False)):
        answer = await upload(seller, made, sent)
        assert answer.status_code == 201, answer.text
        stored = (await it.client().get(answer.json()["url"])).content
        assert (stored == sent) is kept
        assert b"hidden" not in stored


async def test_camera_data_is_dropped_and_the_picture_upright(it: Alone, seller: httpx.AsyncClient) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    exif[0x010F] = "Secret camera"
    made = await make(seller, "Photographed")
    image = (await upload(seller, made, picture("JPEG", (300, 200), exif=exif))).json()
    assert (image["width"], image["height"]) == (200, 300)
    kept = await it.client().get(image["url"])
    assert not opened(kept.content).getexif()
    assert b"Secret" not in kept.content


async def test_transparency_and_odd_colours_survive(it: Alone, seller: httpx.AsyncClient) -> None:
    made = await make(seller, "Odd colours")
    for mode, format in [("RGBA", "PNG"), ("LA", "PNG"), ("P", "PNG"), ("1", "PNG"), ("I;16", "PNG"), ("CMYK", "JPEG")]:
        out = BytesIO()
        Image.new(mode, (20, 10)).save(out, format)
        answer = await upload(seller, made, out.getvalue())
        assert answer.status_code == 201, (mode, answer.text)
        kept = opened((await it.client().get(answer.json()["url"])).content)
        assert kept.mode == ("RGBA" if mode in ("RGBA", "LA") else "RGB"), mode


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"just text", 415),
        (b"", 415),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", 415),
        (b"%PDF-1.7", 415),
        (picture("GIF"), 415),
        (picture("BMP"), 415),
        (picture("PNG", (600, 600))[:300], 422),
        (picture("JPEG", (600, 600))[:400], 422),
        (picture("WEBP", (600, 600))[:60], 422),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, 415),
        (png_claiming(30_000, 30_000), 422),
        (png_claiming(7000, 6000), 422),
        (png_claiming(0, 10), 415),
    ],
)
async def test_what_is_no_good_image_is_refused(
    it: Alone, seller: httpx.AsyncClient, content: bytes, status: int
) -> None:
    made = await make(seller, "Refusing")
    answer = await upload(seller, made, content, "fine.png")
    assert answer.status_code == status, answer.text
    assert (await seller.get(f"/api/v1/manage/products/{made['id']}")).json()["images"] == []


async def test_malformed_uploads_are_refused(seller: httpx.AsyncClient) -> None:
    made = await make(seller, "Malformed")
    path = f"/api/v1/products/{made['id']}/images"
    multipart = {"content-type": "multipart/form-data; boundary=x"}
    answers = [
        await seller.post(path),
        await seller.post(path, json={"image": "x"}),
        await seller.post(path, data={"image": "not a file"}),
        await seller.post(path, files={"other": b"x"}),
        await seller.post(path, content=b"garbage", headers=multipart),
        await seller.post(path, content=b"--x\r\n", headers=multipart),
        await seller.post(path, content=b"", headers={"content-type": "multipart/form-data"}),
        await upload(seller, made, picture(), variant_id="x"),
        await upload(seller, made, picture(), variant_id=str(uuid7())),
        await upload(seller, made, picture(), alt="x" * 301),
        await upload(seller, made, picture(), alt="\0"),
        await upload(seller, made, b"x" * (13 * 1024 * 1024)),
    ]
    assert [a.status_code for a in answers if not 400 <= a.status_code < 500] == []
    assert answers[-1].status_code == 413


async def test_picture_of_a_variant(it: Alone, seller: httpx.AsyncClient) -> None:
    made = await make(
        seller,
        "Two colours",
        options=["Color"],
        variants=[offer(options={"Color": "Red"}), offer(options={"Color": "Blue"})],
    )
    first = (await upload(seller, made, picture())).json()
    blue = (await upload(seller, made, picture(), variant_id=made["variants"][1]["id"])).json()
    shown = (await it.client().get("/api/v1/products/two-colours")).json()
    assert [v["image"] for v in shown["variants"]] == [None, blue["url"]]
    told = [e for e in await it.published(ProductUpdated) if str(e.product_id) == made["id"]][-1]
    assert [v.image for v in told.variants] == [first["thumb"], blue["thumb"]]
    path = f"/api/v1/products/{made['id']}/images/{blue['key']}"
    assert [(await seller.delete(path)).status_code for _ in range(2)] == [204, 404]
    shown = (await it.client().get("/api/v1/products/two-colours")).json()
    assert [v["image"] for v in shown["variants"]] == [None, None]
    assert shown["images"] == [first]


async def test_no_more_than_twenty_pictures(seller: httpx.AsyncClient) -> None:
    made = await make(seller, "Much painted")
    small = picture(size=(2, 2))
    answers = await asyncio.gather(*(upload(seller, made, small) for _ in range(22)))
    assert sorted(answer.status_code for answer in answers) == [201] * 20 + [409] * 2


async def test_files_of_a_store_are_nowhere_else(it: Alone, seller: httpx.AsyncClient) -> None:
    made = await make(seller, "Local")
    url = (await upload(seller, made, picture())).json()["url"]
    assert (await it.client().get(url)).status_code == 200
    assert (await it.client(store=it.other).get(url)).status_code == 404
    elsewhere = url.replace(str(it.store.id), str(it.other.id))
    assert (await it.client(store=it.other).get(elsewhere)).status_code == 404
    assert (await it.client().get(elsewhere)).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "products/../../../secret",
        "products/..%2f..%2f..%2fsecret",
        "products/%2e%2e",
        "products/",
        "proofs/0123456789abcdef0123456789abcdef.webp",
        "products/0123456789abcdef0123456789abcdef.webp",
        "products/0123456789abcdef0123456789abcdef.webp%00",
        "products/0123456789abcdef0123456789abcdef.webp%0a",
        "",
    ],
)
async def test_nothing_but_pictures_is_served(it: Alone, path: str) -> None:
    (it.running.settings.data_path / "secret").write_text("secret")
    assert (await it.client().get(f"/media/{it.store.id}/{path}")).status_code == 404
