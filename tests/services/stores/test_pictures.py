import struct
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.harness import Alone
from tests.services.stores.opening import opened, rules, seen
from tradehall.contracts.stores import Store
from tradehall.services.stores import pictures

SERVICE = "stores"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 50">{}</svg>'


def raster(kind: str = "PNG", size: tuple[int, int] = (400, 100), mode: str = "RGB", **saved: Any) -> bytes:
    out = BytesIO()
    Image.new(mode, size, "red").save(out, kind, **saved)
    return out.getvalue()


async def upload(it: Alone, store: Store, content: bytes, kind: str = "logo") -> Any:
    return await it.client("store_admin", store=store).post(
        "/api/v1/store/pictures", files={"image": ("x", content, "application/octet-stream")}, data={"kind": kind}
    )


@pytest.mark.parametrize(
    "content", [raster(), raster("JPEG"), raster("WEBP"), raster(mode="RGBA"), SVG.format("<rect width='9' height='9'/>").encode()]
)  # fmt: skip
async def test_a_logo_is_drawn_anew_in_its_sizes_and_served(it: Alone, content: bytes) -> None:
    store = await opened(it)
    answer = await upload(it, store, content)
    assert answer.status_code == 201, answer.text
    view, guest = answer.json(), it.client(store=store)
    logo = (await seen(guest)).logo
    assert logo is not None
    assert (logo.key, logo.width, logo.height) == (view["key"], view["width"], view["height"])
    for size, most in (("large", 960), ("small", 320)):
        file = await guest.get(view["urls"][size])
        assert file.status_code == 200
        assert file.headers["content-type"] == "image/png"
        assert file.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert file.headers["x-content-type-options"] == "nosniff"
        assert "immutable" in file.headers["cache-control"]
        drawn = Image.open(BytesIO(file.content))
        assert (drawn.format, drawn.width <= most) == ("PNG", True)
        assert abs(drawn.width / drawn.height - 4) < 0.1
        again = await guest.get(view["urls"][size], headers={"if-none-match": file.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


async def test_an_icon_is_square_and_a_hero_is_webp(it: Alone) -> None:
    store = await opened(it)
    icon = (await upload(it, store, raster(), "icon")).json()
    hero = (await upload(it, store, raster("JPEG", (4000, 1000)), "hero")).json()
    guest = it.client(store=store)
    drawn = Image.open(BytesIO((await guest.get(icon["urls"]["small"])).content))
    assert (drawn.size, drawn.getpixel((0, 0))) == ((32, 32), (0, 0, 0, 0))
    assert Image.open(BytesIO((await guest.get(hero["urls"]["large"])).content)).format == "WEBP"
    assert (hero["width"], hero["height"]) == (1600, 400)
    page = await it.client("store_admin", store=store).put(
        "/api/v1/store/home", json={"blocks": [{"kind": "hero", "heading": "x", "picture": hero["key"]}]}
    )
    assert page.json()["pictures"] == {hero["key"]: hero}


async def test_nothing_of_the_file_is_kept(it: Alone) -> None:
    store = await opened(it)
    exif = Image.Exif()
    exif[0x010E] = "hidden words"
    view = (await upload(it, store, raster("JPEG", exif=exif.tobytes()) + b"<script>hidden words</script>")).json()
    for url in view["urls"].values():
        assert b"hidden" not in (await it.client(store=store).get(url)).content


async def test_a_new_logo_takes_the_place_of_the_one_before(it: Alone) -> None:
    store = await opened(it)
    guest = it.client(store=store)
    first = (await upload(it, store, raster())).json()
    second = (await upload(it, store, raster())).json()
    assert (await guest.get(first["urls"]["large"])).status_code == 404
    admin = it.client("store_admin", store=store)
    listed = (await admin.get("/api/v1/store/pictures?kind=logo")).json()["items"]
    assert listed == [second]
    assert (await admin.delete(f"/api/v1/store/pictures/{second['key']}")).status_code == 204
    assert (await seen(guest)).logo is None
    assert (await guest.get(second["urls"]["large"])).status_code == 404
    assert (await admin.delete(f"/api/v1/store/pictures/{second['key']}")).status_code == 404


async def test_pictures_are_at_their_own_store_only(it: Alone) -> None:
    one, other = await opened(it), await opened(it)
    view = (await upload(it, one, raster())).json()
    stranger = it.client("store_admin", store=other)
    assert (await stranger.get(view["urls"]["large"])).status_code == 404
    assert (await stranger.delete(f"/api/v1/store/pictures/{view['key']}")).status_code == 404
    hero = [{"kind": "hero", "heading": "x", "picture": view["key"]}]
    assert (await stranger.put("/api/v1/store/home", json={"blocks": hero})).status_code == 422


@pytest.mark.parametrize("name", ["..%2f..%2fsecret", "x", "0" * 32 + ".png", "0" * 32 + "-large.svg", "%00"])
async def test_other_names_are_no_files(it: Alone, name: str) -> None:
    assert (await it.client().get(f"/media/{it.store.id}/look/{name}")).status_code == 404


def bomb() -> bytes:
    """A PNG header of 30 000 × 30 000 pixels."""
    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 6, 0, 0, 0)
    chunk = struct.pack(">I", len(head)) + b"IHDR" + head + struct.pack(">I", zlib.crc32(b"IHDR" + head))
    return b"\x89PNG\r\n\x1a\n" + chunk


TENFOLD = "".join(f'<g id="a{n}">' + f'<use href="#a{n - 1}"/>' * 10 + "</g>" for n in range(1, 9))
NESTED = f'<defs><rect id="a0" width="1" height="1"/>{TENFOLD}</defs><use href="#a8"/>'
SLOW = (
    '<filter id="f" width="1" height="1"><feTurbulence numOctaves="9000" baseFrequency="9"/></filter>'
    '<rect width="200" height="50" filter="url(#f)"/>'
)


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", raster()[:60], bomb(), raster("GIF"), b"%PDF-1.4", b"<html></html>", b"<svg", b"\x00" * 100,
     SVG.format("<rect").encode(), b"<svg xmlns='http://www.w3.org/2000/svg'/>",
     b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1 1000000'/>",
     b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 nan 1'/>",
     b"<svg xmlns='http://www.w3.org/2000/svg' width='0' height='1'/>",
     SVG.format("x" * 300_000).encode(), SVG.format("<text>Lamps</text>").encode(), SVG.format(NESTED).encode(),
     SVG.format('<image href="data:image/png;base64,AAAA" width="1" height="1"/>').encode()],
)  # fmt: skip
async def test_what_is_no_picture_is_refused(it: Alone, content: bytes) -> None:
    store = await opened(it)
    assert list(rules(await upload(it, store, content))) == ["image"]
    assert (await seen(it.client(store=store))).logo is None


async def test_a_drawing_that_takes_for_ever_is_given_up(it: Alone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "DRAWN_WITHIN", 0.5)
    store = await opened(it)
    assert "take so long" in rules(await upload(it, store, SVG.format(SLOW).encode()))["image"]


async def test_an_svg_shows_no_file_of_this_machine(it: Alone, tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(raster(size=(200, 50)))
    store = await opened(it)
    for reference in (str(secret), f"file://{secret}", f"file:{secret}"):
        for element in (
            f'<image href="{reference}" width="200" height="50"/>',
            f'<image xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="{reference}" width="200" height="50"/>',
            f'<filter id="f"><feImage href="{reference}"/></filter><rect width="200" height="50" filter="url(#f)"/>',
            f'<rect width="200" height="50" fill="url({reference})"/>',
            f'<style>rect{{fill:url({reference})}}</style><use href="{reference}#x"/><rect width="1" height="1"/>',
        ):
            answer = await upload(it, store, SVG.format(element).encode())
            if answer.status_code == 201:
                file = await it.client(store=store).get(answer.json()["urls"]["large"])
                drawn = Image.open(BytesIO(file.content)).convert("RGBA")
                assert drawn.getpixel((drawn.width - 2, drawn.height - 2)) != (255, 0, 0, 255)
            else:
                assert answer.status_code == 422
    entity = f'<!DOCTYPE svg [<!ENTITY x SYSTEM "file://{secret}">]>' + SVG.format("<text>&x;</text>")
    assert (await upload(it, store, entity.encode())).status_code == 422


async def test_scripts_of_an_svg_do_not_get_through(it: Alone) -> None:
    store = await opened(it)
    nasty = '<script>alert(1)</script><rect width="9" height="9" onload="alert(1)"/><foreignObject/>'
    view = (await upload(it, store, SVG.format(nasty).encode())).json()
    for url in view["urls"].values():
        assert (await it.client(store=store).get(url)).content.startswith(b"\x89PNG")


async def test_only_admins_hang_pictures_and_only_kinds_there_are(it: Alone) -> None:
    store = await opened(it)
    for roles, status in (((), 401), (("seller",), 403), (("shopper",), 403)):
        answer = await it.client(*roles, store=store).post(
            "/api/v1/store/pictures", files={"image": ("x", raster(), "image/png")}, data={"kind": "logo"}
        )
        assert answer.status_code == status
    assert list(rules(await upload(it, store, raster(), "banner"))) == ["kind"]
