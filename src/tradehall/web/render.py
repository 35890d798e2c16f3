"""Templates. They get what a page shows and nothing else; autoescape is on everywhere."""

from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tradehall.contracts.orders import LABELS
from tradehall.contracts.stores import Look, Store, StorePicture
from tradehall.web import words
from tradehall.web.colours import theme_css
from tradehall.web.markdown import markdown
from tradehall.web.static_files import ASSETS, static
from tradehall.web.themes import Theme, theme_of


def address(path: str, **params: Any) -> str:
    """A path with a query of those parameters that have a value; a list is repeated."""
    given = {key: value for key, value in params.items() if value not in (None, "", False, [])}
    return f"{path}?{urlencode(given, doseq=True)}" if given else path


def brand(theme: str, name: str) -> str:
    """The URL of a store theme's own drawing (hero, logo, mark); "" where there is none."""
    found = ASSETS.get(f"brands/{theme}/{name}.svg")
    return found.url if found else ""


env = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
    auto_reload=False,
)
env.filters |= {"markdown": markdown, "count": words.count, "options": words.option_text, "days": words.days}
env.filters |= {"said": words.said, "figure": words.figure}
env.tests |= {"sold_out": words.sold_out}
env.globals |= {
    "static": static,
    "address": address,
    "brand": brand,
    "MOVES": words.MOVES,
    "TONES": words.TONES,
    "RETURNS": words.RETURNS,
    "PAYMENTS": words.PAYMENTS,
    "METHODS": words.METHODS,
    "PLATFORM_METHODS": words.PLATFORM_METHODS,
    "SHIPMENTS": words.SHIPMENTS,
    "NAMES_ITS_BUYER": words.NAMES_ITS_BUYER,
    "TEST_CARDS": words.TEST_CARDS,
    "FINAL": words.FINAL,
    "LEGAL": words.LEGAL,
    "LIMITS": words.LIMITS,
    "COUNTRIES": dict(words.COUNTRIES),
}


@lru_cache(maxsize=1000)
def store_css(look: Look) -> tuple[str, str]:
    """The store's custom properties, and a tag that changes with them."""
    css = theme_css(look, night=theme_of(look.theme).night)
    return css, sha256(css.encode()).hexdigest()[:12]


class Dressed:
    """What every template of a store needs: who it is, how it looks, how it writes money and times."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.theme: Theme = theme_of(store.look.theme)
        self.statuses = LABELS | {k: v for k, v in store.order_profile.labels.items() if k in LABELS}
        self.css = f"/theme.css?v={store_css(store.look)[1]}"

    def picture(self, kind: Literal["logo", "icon"], size: str) -> str:
        """The URL of the store's own logo or icon; "" where it has none."""
        found: StorePicture | None = getattr(self.store, kind)
        return f"/media/{self.store.id}/look/{found.key}-{size}.png" if found else ""

    def money(self, value: dict[str, Any] | None) -> str:
        return words.money(value, self.store.locale)

    def minor(self, amount: int) -> str:
        return words.minor(amount, self.store.currency, self.store.locale)

    def when(self, value: str) -> str:
        return words.when(value, self.store.timezone)


@lru_cache(maxsize=1000)
def dressed(store: "Kept") -> Dressed:
    return Dressed(store.store)


class Kept:
    """A store as a cache key: the same struct object, so that a changed store is dressed anew."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def __hash__(self) -> int:
        return id(self.store)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Kept) and other.store is self.store


def render(template: str, store: Store, **context: Any) -> str:
    look = dressed(Kept(store))
    return env.get_template(template).render(
        store=store,
        theme=look.theme,
        look=look,
        money=look.money,
        minor=look.minor,
        when=look.when,
        STATUSES=look.statuses,
        **context,
    )
