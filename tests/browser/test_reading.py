"""What looks for faults in pages does see them."""

from playwright.async_api import Browser, Page

from tests.browser import reading

GOOD = """<!doctype html><html lang="en"><title>Good</title><style>body { color: #222; background: #fff }</style>
<main><h1>Good</h1><label>Name <input></label><img alt="" src="data:,"><a href="/">Home</a></main>"""
BAD = """<!doctype html><html><style>
body { color: #222; background: #fff } p { color: #999 } a:focus { outline: none } div { width: 900px }
@media (prefers-color-scheme: dark) { h1 { color: #ddd } }
</style><h1>One</h1><h1>Two</h1><input placeholder="Name"><img src="data:,"><a href="/" id="a">Home</a>
<p id="a">Faint</p><button></button><div>Wide</div>"""


async def test_faults_are_found(chromium: Browser) -> None:
    page = await chromium.new_page()
    await page.set_content(BAD)
    found = " | ".join(await reading.structure(page))
    for fault in ("no label: <input", "no alt: <img", "no name: <button", "2 h1", "not one main", "no language"):
        assert fault in found
    assert "ids used twice: a" in found
    light, *dark = await reading.contrast(page)
    assert light.startswith("light contrast 2.8")
    assert light.endswith("Faint")
    assert any(fault.endswith("Two") for fault in dark)
    assert (await reading.overflow(page, 390))[0].endswith("px wide")
    assert [what for what in await reading.focus(page) if "<a" in what]
    await page.close()


async def test_good_page_has_none(chromium: Browser) -> None:
    page: Page = await chromium.new_page()
    await page.set_content(GOOD)
    assert await reading.structure(page) == []
    assert await reading.contrast(page) == []
    assert await reading.overflow(page, 390) == []
    assert await reading.focus(page) == []
    await page.close()
