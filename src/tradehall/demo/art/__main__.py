"""`python -m tradehall.demo.art [OUT]`: draw every product of the demo catalogue again.

Writes OUT/<store>/<slug>-<view>.webp, for a variant with traits of its own OUT/<store>/<sku>.webp, and each store's
hero, logo and mark as SVG. The same catalogue gives the same bytes on a machine with the fonts `lettering` names.
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
_QUALITY: Final = (54, 44, 36)  # by view: the first is seen in every list, the last is a line drawing


@dataclass(frozen=True)
class Picture:
    path: Path
    motif: str
    seed: str
    view: int
    traits: dict[str, Trait]


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
        for variant in product["variants"]:
            own: dict[str, Trait] = {k: v for k, v in (variant.get("art") or {}).items() if art.get(k) != v}
            if own:
                yield Picture(folder / f"{variant['sku']}.webp", motif, product["slug"], 0, art | own)


def paint(picture: Picture) -> int:
    """Draw one picture to its file; returns its bytes."""
    svg = draw(picture.motif, picture.seed, view=picture.view, **picture.traits)
    packed = io.BytesIO()
    render(svg).save(packed, "WEBP", quality=_QUALITY[picture.view], method=6)
    picture.path.write_bytes(packed.getvalue())
    return len(packed.getvalue())


def main(out: Path) -> None:
    pictures = list(catalogue(_DEMO / "data", out))
    for folder in {p.path.parent for p in pictures}:
        folder.mkdir(parents=True, exist_ok=True)
    with multiprocessing.Pool(2) as pool:
        sizes = pool.map(paint, pictures, chunksize=8)
    for store in hero.STORES:
        folder = out / store
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "hero.svg").write_text(hero.hero(store), "utf-8")
        (folder / "logo.svg").write_text(hero.logo(store), "utf-8")
        (folder / "mark.svg").write_text(hero.mark(store), "utf-8")
    total = sum(sizes)
    print(f"{len(sizes)} pictures, {total / 1e6:.1f} MB, {total / max(1, len(sizes)) / 1e3:.1f} kB each")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else _DEMO / "pictures")
