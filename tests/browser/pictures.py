"""Takes the README's pictures from a running Tradehall with its demo stores.

python -m tests.browser.pictures http://127.0.0.1:8000 docs/pictures
"""

import asyncio
import io
import sys
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image
from playwright.async_api import Browser, expect

from tests.browser.visitor import DESKTOP, PHONE, Visitor, browsing, visitor
from tradehall.demo import content

LIMIT = 120_000  # bytes
GAP, GROUND = 24, "#e9e7e2"


def save(shots: list[bytes], path: Path) -> None:
    """Side by side, as the best WebP that is small enough."""
    images = [Image.open(io.BytesIO(shot)).convert("RGB") for shot in shots]
    picture = images[0]
    if len(images) > 1:
        size = (sum(image.width + GAP for image in images) + GAP, images[0].height + 2 * GAP)
        picture = Image.new("RGB", size, GROUND)
        for place, image in enumerate(images):
            picture.paste(image, (GAP + place * (image.width + GAP), GAP))
        picture.thumbnail(DESKTOP, Image.Resampling.LANCZOS)
    for quality in range(88, 30, -6):
        packed = io.BytesIO()
        picture.save(packed, "WEBP", quality=quality, method=6)
        if packed.tell() < LIMIT:
            break
    path.write_bytes(packed.getvalue())
    print(f"{path} {picture.width}x{picture.height} {packed.tell() // 1000} kB, quality {quality}")


async def shot(who: Visitor) -> bytes:
    """Once fonts and pictures are there."""
    await who.page.evaluate("document.fonts.ready.then(() => true)")
    await who.page.wait_for_function("[...document.images].every((i) => i.complete || i.loading === 'lazy')")
    return await who.page.screenshot()


async def desktop(browser: Browser, address: dict[str, str], out: Path) -> None:
    for store in content.STORES:
        who = await visitor(browser, address[store])
        await who.open()
        save([await shot(who)], out / f"{store}-home.webp")
        await who.page.context.close()

    who = await visitor(browser, address["atlantic"])
    await who.open("/products/ridge-45-backpack")
    save([await shot(who)], out / "product.webp")
    await who.page.context.close()

    buyer = await visitor(browser, address["boutique"])
    await buyer.open("/products/water-pitcher-fonte")
    await buyer.button("Add to basket").click()
    await buyer.link("Check out").click()
    buyer.email = "ada.quill@example.com"
    await buyer.fill_in()
    await buyer.page.evaluate("scrollTo(0, 0)")
    save([await shot(buyer)], out / "checkout.webp")
    await buyer.place_order()
    await buyer.sees("Confirmed")
    save([await shot(buyer)], out / "order.webp")
    await buyer.page.context.close()

    admin = await visitor(browser, address["atlantic"])
    await admin.sign_in(content.people().stores["atlantic"].admin.email, "/login?next=/admin/orders")
    await expect(admin.title()).to_have_text("Orders")
    save([await shot(admin)], out / "admin-orders.webp")
    await admin.page.context.close()


async def phone(browser: Browser, address: dict[str, str], out: Path) -> None:
    paths = {"atlantic": "/", "mini": "/products", "motors": "/products", "boutique": "/", "bazaar": "/"}
    shots = []
    for store, path in paths.items():
        who = await visitor(browser, address[store], size=PHONE)
        await who.open(path)
        shots.append(await shot(who))
        await who.page.context.close()
    save(shots, out / "phones.webp")


async def main(url: str, out: Path) -> None:
    address = {store: f"http://{store}.localhost:{urlsplit(url).port or 80}" for store in content.STORES}
    async with browsing() as browser:
        await desktop(browser, address, out)
        await phone(browser, address, out)


if __name__ == "__main__":
    folder = Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(main(sys.argv[1], folder))
