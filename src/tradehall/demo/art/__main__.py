"""`python -m tradehall.demo.art [OUT [STORE…]]`: draw every product of the demo catalogue again, or of some stores.

Writes OUT/<store>/<slug>-<view>.webp, one OUT/<store>/<slug>-<colour>.webp for the variants of another colour,
OUT/<store>/index.json that says which picture belongs to what, and each store's hero, logo and mark as SVG. The same catalogue gives the same bytes on a machine with the fonts `lettering` names.
"""

import io
import json
import multiprocessing
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from PIL import Image

from tradehall.demo.art import Trait, draw, hero, views

_DEMO: Final = Path(__file__).resolve().parent.parent
_SIZE: Final = 800
_QUALITY: Final = (40, 30, 28)  # by view; flat shapes and soft gradients bear a low one
_LINE_DRAWINGS: Final = {"outdoor", "gadget", "curio", "stationery", "car", "motorcycle"}  # in view 2


@dataclass(frozen=True)
class Picture:
    """What to draw and where; `skus` are the variants it shows, none for a view of the product itself."""

    path: Path
    motif: str
    seed: str
    view: int
    traits: dict[str, Trait]
    skus: tuple[str, ...] = ()


def render(svg: str, size: int = _SIZE) -> Image.Image:
    """The SVG as pixels. Needs resvg-py, a development dependency."""
    try:
        import resvg_py
    except ImportError as missing:
        raise SystemExit("Drawing needs resvg-py; install the development dependencies: uv sync") from missing
    silent = "<text" not in svg  # looking through the machine's fonts is most of the work
    png = resvg_py.svg_to_bytes(svg_string=svg, width=size, height=size, skip_system_fonts=silent)
    return Image.open(io.BytesIO(bytes(png))).convert("RGB")


def catalogue(data: Path, out: Path) -> Iterator[Picture]:
    """Every picture the data files ask for."""
    for file in sorted(data.glob("*.json")):
        content: Any = json.loads(file.read_text("utf-8"))
        if not isinstance(content, dict) or "products" not in content:
            continue
        yield from _of_store(content, out / content["store"])


def _of_store(content: dict[str, Any], folder: Path) -> Iterator[Picture]:
    series: Counter[str] = Counter()
    for product in content["products"]:
        art: dict[str, Trait] = dict(product["art"])
        motif = str(art.pop("motif"))
        if motif == "book":
            genre = str(art.get("genre"))
            art["turn"] = series[genre]
            series[genre] += 1
        for view in range(views(motif)):
            yield Picture(folder / f"{product['slug']}-{view}.webp", motif, product["slug"], view, art)
        others: dict[str, list[str]] = {}
        for variant in product["variants"]:
            dye = str((variant.get("art") or {}).get("color", art.get("color", "")))
            if dye != art.get("color", ""):
                others.setdefault(dye, []).append(variant["sku"])
        for dye, skus in others.items():
            path = folder / f"{product['slug']}-{dye.removeprefix('#')}.webp"
            yield Picture(path, motif, product["slug"], 0, art | {"color": dye}, tuple(skus))


def paint(picture: Picture) -> int:
    """Draw one picture to its file; returns its bytes."""
    svg = draw(picture.motif, picture.seed, view=picture.view, **picture.traits)
    packed = io.BytesIO()
    image = render(svg)
    if picture.view == 2 and picture.motif in _LINE_DRAWINGS:
        few = image.quantize(12, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        few.convert("RGB").save(packed, "WEBP", lossless=True, quality=100, method=6)
    else:
        image.save(packed, "WEBP", quality=_QUALITY[picture.view], method=6)
    picture.path.write_bytes(packed.getvalue())
    return len(packed.getvalue())


def index(pictures: list[Picture]) -> dict[str, dict[str, Any]]:
    """By slug: the product's pictures in order, and the picture of each variant that has its own."""
    found: dict[str, dict[str, Any]] = {}
    for p in pictures:
        entry = found.setdefault(p.seed, {"views": [], "variants": {}})
        if not p.skus:
            entry["views"].append(p.path.name)
        for sku in p.skus:
            entry["variants"][sku] = p.path.name
    return found


def main(out: Path, stores: frozenset[str]) -> None:
    pictures = [p for p in catalogue(_DEMO / "data", out) if p.path.parent.name in stores]
    for folder in {p.path.parent for p in pictures}:
        folder.mkdir(parents=True, exist_ok=True)
        listing = index([p for p in pictures if p.path.parent == folder])
        (folder / "index.json").write_text(json.dumps(listing, indent=1) + "\n", "utf-8")
    with multiprocessing.Pool(2) as pool:
        sizes = pool.map(paint, pictures, chunksize=8)
    for store in sorted(stores):
        folder = out / store
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "hero.svg").write_text(hero.hero(store), "utf-8")
        (folder / "logo.svg").write_text(hero.logo(store), "utf-8")
        (folder / "mark.svg").write_text(hero.mark(store), "utf-8")
    total = sum(sizes)
    print(f"{len(sizes)} pictures, {total / 1e6:.1f} MB, {total / max(1, len(sizes)) / 1e3:.1f} kB each")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else _DEMO / "pictures", frozenset(sys.argv[2:] or hero.STORES))
