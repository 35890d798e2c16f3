"""What the demo is made of: `data/*.json`, and the pictures drawn from it."""

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Literal, NamedTuple

import msgspec

from tradehall.contracts.stores import CheckoutMode, OrderProfile, PaymentMethod, SellerApproval
from tradehall.contracts.values import Address

STORES = ("atlantic", "mini", "motors", "boutique", "bazaar")
_FOLDER = files("tradehall.demo")


class Colors(msgspec.Struct, frozen=True):
    accent: str
    ink: str
    paper: str


class Category(msgspec.Struct, frozen=True):
    slug: str
    name: str
    parent: str | None
    description: str


class Attribute(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    name: str
    kind: Literal["text", "number", "boolean", "choice"]
    categories: list[str]
    unit: str = ""
    choices: list[str] = []


class Warehouse(msgspec.Struct, frozen=True):
    code: str
    name: str
    address: Address


class Shipping(msgspec.Struct, frozen=True):
    """Money in minor units of the store's currency."""

    kind: Literal["flat", "distance"]
    price: int = 0
    free_from: int | None = None
    factor: int = 2


class Seller(msgspec.Struct, frozen=True):
    slug: str
    name: str
    description: str
    email: str


class Rating(msgspec.Struct, frozen=True):
    average: float
    count: int


class Variant(msgspec.Struct, frozen=True):
    """`stock` has units by warehouse."""

    sku: str
    options: dict[str, str]
    price: int
    compare_at: int | None
    weight_g: int
    stock: dict[str, int]

    @property
    def on_hand(self) -> int:
        return sum(self.stock.values())


class Product(msgspec.Struct, frozen=True):
    slug: str
    name: str
    category: str
    seller: str
    brand: str
    description: str
    specifications: dict[str, str]
    options: list[str]
    rating: Rating | None
    tags: list[str]
    variants: list[Variant]


class Store(msgspec.Struct, frozen=True, kw_only=True):
    store: str
    name: str
    tagline: str
    about: str
    currency: str
    locale: str
    timezone: str
    checkout_mode: CheckoutMode
    payment_methods: list[PaymentMethod]
    order_expiry_minutes: int
    takes_sellers: SellerApproval = "closed"
    order_profile: OrderProfile
    colors: Colors
    categories: list[Category]
    attributes: list[Attribute]
    warehouses: list[Warehouse]
    shipping: Shipping
    sellers: list[Seller]
    products: list[Product]

    @property
    def slug(self) -> str:
        return self.store


class Login(msgspec.Struct, frozen=True):
    email: str
    name: str


class Shopper(Login, frozen=True):
    address: Address


class Cast(msgspec.Struct, frozen=True):
    admin: Login
    shoppers: list[Shopper]


class People(msgspec.Struct, frozen=True):
    operator: Login
    stores: dict[str, Cast]


def store(slug: str) -> Store:
    return msgspec.json.decode(_read("data", f"{slug}.json"), type=Store)


def people() -> People:
    return msgspec.json.decode(_read("data", "people.json"), type=People)


class Picture(NamedTuple):
    """`sku`: of the variant it shows, else it shows the product."""

    file: Traversable
    sku: str | None = None


def pictures(slug: str) -> dict[str, list[Picture]]:
    """Of a store's products, by slug, the one for lists first; empty where they were not drawn."""
    folder = _FOLDER / "pictures" / slug
    index = folder / "index.json"
    if not index.is_file():
        return {}
    return {
        product: [Picture(folder / name) for name in drawn.views] + list(_of_variants(folder, drawn.variants))
        for product, drawn in msgspec.json.decode(index.read_bytes(), type=dict[str, _Drawn]).items()
    }


class _Drawn(msgspec.Struct, frozen=True):
    views: list[str]
    variants: dict[str, str]


def _of_variants(folder: Traversable, names: dict[str, str]) -> Iterator[Picture]:
    """Each once, though variants of one colour share it."""
    first = {name: sku for sku, name in reversed(names.items())}
    return (Picture(folder / name, sku) for name, sku in first.items())


def _read(*parts: str) -> bytes:
    return _FOLDER.joinpath(*parts).read_bytes()
