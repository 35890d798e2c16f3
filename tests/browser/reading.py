"""What stands in the way of reading a page: names, structure, contrast, focus. Measured in the page itself, offline."""

from typing import Any

from playwright.async_api import Page

STRUCTURE = """() => {
  const faults = [];
  const shown = (element) => element.checkVisibility({ visibilityProperty: true });
  const where = (element) => element.outerHTML.slice(0, 120);
  const text = (element) => (element ? element.textContent.trim() : "");
  const named = (element) => text(element) || element.getAttribute("aria-label")
    || [...element.querySelectorAll("img")].some((image) => image.alt);
  for (const control of document.querySelectorAll("input:not([type=hidden]), select, textarea")) {
    const labels = [...(control.labels || [])].some((label) => text(label));
    const other = text(document.getElementById(control.getAttribute("aria-labelledby")));
    if (!labels && !other && !control.getAttribute("aria-label")) faults.push("no label: " + where(control));
  }
  for (const image of document.images) if (!image.hasAttribute("alt")) faults.push("no alt: " + where(image));
  for (const one of document.querySelectorAll("a[href], button, summary")) {
    if (shown(one) && !one.closest("[aria-hidden=true]") && !named(one)) faults.push("no name: " + where(one));
  }
  for (const frame of document.querySelectorAll("iframe")) if (!frame.title) faults.push("no title: " + where(frame));
  const titles = document.querySelectorAll("h1").length;
  if (titles !== 1) faults.push(`${titles} h1`);
  if (document.querySelectorAll("main").length !== 1) faults.push("not one main");
  if (!document.documentElement.lang) faults.push("no language");
  if (!document.title.trim()) faults.push("no title");
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  const twice = ids.filter((id, place) => ids.indexOf(id) !== place);
  if (twice.length) faults.push("ids used twice: " + twice.join(" "));
  for (const element of document.querySelectorAll("[aria-describedby], [aria-labelledby]")) {
    for (const name of ["aria-describedby", "aria-labelledby"]) {
      for (const id of (element.getAttribute(name) || "").split(" ").filter(Boolean)) {
        if (!document.getElementById(id)) faults.push(`${name} leads nowhere: ${id}`);
      }
    }
  }
  return faults;
}"""

# Text over a picture, where no colour is behind it, is left to the eye. Disabled controls need no contrast.
CONTRAST = """() => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const known = new Map();
  const rgba = (color) => {
    if (!known.has(color)) {
      pen.clearRect(0, 0, 1, 1);
      pen.fillStyle = color;
      pen.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
      known.set(color, [r, g, b, a / 255]);
    }
    return known.get(color);
  };
  const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
  const light = (channel) => (channel /= 255) <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  const luminance = ([r, g, b]) => 0.2126 * light(r) + 0.7152 * light(g) + 0.0722 * light(b);
  const images = [...document.images].map((image) => [image, image.getBoundingClientRect()]);
  const faults = new Map();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const words = walker.currentNode.textContent.trim();
    const element = walker.currentNode.parentElement;
    if (!words || element.closest("script, style, option, :disabled, .unseen, .skip")) continue;
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    const range = document.createRange();
    range.selectNodeContents(walker.currentNode);
    const box = range.getBoundingClientRect();
    if (!box.width || !box.height) continue;
    const layers = [];
    let opacity = 1;
    let unknown = false;
    for (let at = element; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      opacity *= Number(style.opacity);
      const fill = rgba(style.backgroundColor);
      if (style.backgroundImage !== "none") { unknown = true; break; }
      if (fill[3]) layers.push(fill);
      if (fill[3] === 1) break;
      unknown ||= images.some(([image, place]) => at.contains(image) && place.left < box.right
        && place.right > box.left && place.top < box.bottom && place.bottom > box.top);
      if (unknown) break;
    }
    if (unknown) continue;
    const ground = layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255, 1]);
    const style = getComputedStyle(element);
    const [r, g, b, a] = rgba(style.color);
    const [one, other] = [luminance(over([r, g, b, a * opacity], ground)), luminance(ground)].sort((x, y) => y - x);
    const ratio = (one + 0.05) / (other + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) {
      faults.set(`${ratio.toFixed(2)} ${element.tagName}.${element.className}`, words.slice(0, 40));
    }
  }
  return [...faults].map(([what, words]) => `contrast ${what}: ${words}`);
}"""

# The ring is at the element itself, or at what stands for it: the card of a link, the chip beside a hidden choice.
FOCUS = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const ringed = (element) => {
    if (!element) return false;
    const style = getComputedStyle(element);
    const wide = parseFloat(style.outlineWidth) >= 1.5;
    return style.outlineStyle === "auto" || (style.outlineStyle !== "none" && wide);
  };
  const card = at.closest(".card");
  const seen = ringed(at) || ringed(at.nextElementSibling) || ringed(card);
  if (at.tagName === "IFRAME") return { seen: true }; // what has the focus in there shows it
  return { seen, what: at.outerHTML.slice(0, 120) };
}"""

WEIGHT = """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
  .filter((entry) => entry.entryType === "navigation" || /\\.(css|js)$/.test(new URL(entry.name).pathname))
  .reduce((sum, entry) => sum + entry.encodedBodySize, 0)"""

WIDTH = """() => {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return [];
  const wide = [...document.body.querySelectorAll("*")].filter((element) =>
    element.getBoundingClientRect().right > root.clientWidth + 1 && element.checkVisibility());
  return [`${root.scrollWidth} px wide`, ...wide.slice(0, 3).map((element) => element.outerHTML.slice(0, 120))];
}"""


async def weight(page: Page) -> int:
    """Bytes of HTML, styles and scripts as they are sent, kept ones included."""
    found: int = await page.evaluate(WEIGHT)
    return found


async def structure(page: Page) -> list[str]:
    found: list[str] = await page.evaluate(STRUCTURE)
    return found


async def contrast(page: Page) -> list[str]:
    """In the light and, where the page has one, the dark dress."""
    found: list[str] = []
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        found += [f"{scheme} {fault}" for fault in await page.evaluate(CONTRAST)]
    await page.emulate_media(color_scheme="light")
    return found


async def focus(page: Page, steps: int = 25) -> list[str]:
    """Where the Tab key leads without the eye seeing it."""
    unseen: list[str] = []
    for _ in range(steps):
        await page.keyboard.press("Tab")
        at: dict[str, Any] | None = await page.evaluate(FOCUS)
        if at is None:
            break
        if not at["seen"]:
            unseen.append(at["what"])
    return unseen


async def overflow(page: Page, width: int) -> list[str]:
    """What sticks out at the right on a screen so wide."""
    size = page.viewport_size
    assert size
    await page.set_viewport_size({"width": width, "height": 844})
    found: list[str] = await page.evaluate(WIDTH)
    await page.set_viewport_size(size)
    return found
