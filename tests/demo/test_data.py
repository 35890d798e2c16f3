"""The demo stores are data that people see first; these are the rules they keep."""

import re
from collections import Counter
from importlib.resources import files
from itertools import chain
from typing import Literal

import msgspec
import pytest

from tradehall.contracts.stores import OrderProfile
from tradehall.kernel.ids import uuid7
from tradehall.services.catalog import attributes
from tradehall.services.stores.model import profile_errors

STORES = {"atlantic": 52, "mini": 44, "motors": 134, "boutique": 40, "bazaar": 60}
MOTIFS = {
    "atlantic": {"outdoor", "gadget"},
    "mini": {"stationery"},
    "motors": {"car", "motorcycle"},
    "boutique": {"vessel", "linen"},
    "bazaar": {"book", "curio"},
}
KEBAB = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
SKU = re.compile(r"[A-Z0-9]+(?:-[A-Z0-9]+)*")
HEX = re.compile(r"#[0-9a-f]{6}")
SENTENCE_END = re.compile(r"[.?](?:\s|$)")


class Struct(msgspec.Struct, forbid_unknown_fields=True):
    pass


class Address(Struct):
    name: str
    line1: str
    line2: str
    city: str
    region: str
    zip: str
    country: Literal["US", "BR"]
    phone: str


class Colors(Struct):
    accent: str
    ink: str
    paper: str


class Category(Struct):
    slug: str
    name: str
    parent: str | None
    description: str


class Warehouse(Struct):
    code: str
    name: str
    address: Address


class Attribute(Struct):
    code: str
    name: str
    kind: Literal["text", "number", "boolean", "choice"]
    categories: list[str]
    unit: str = ""
    choices: list[str] = []


class Flat(Struct, tag_field="kind", tag="flat"):
    price: int
    free_from: int


class Distance(Struct, tag_field="kind", tag="distance"):
    factor: int


class Seller(Struct):
    slug: str
    name: str
    description: str
    email: str
    zip: str


class Rating(Struct):
    average: float
    count: int


class Variant(Struct):
    sku: str
    options: dict[str, str]
    price: int
    compare_at: int | None
    weight_g: int
    stock: dict[str, int]
    art: dict[str, str]

    @property
    def on_hand(self) -> int:
        return sum(self.stock.values())


class Product(Struct):
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
    art: dict[str, str | int]
    variants: list[Variant]


class Store(Struct):
    store: str
    name: str
    tagline: str
    about: str
    currency: str
    locale: str
    timezone: str
    checkout_mode: Literal["guest", "account", "both"]
    payment_methods: list[Literal["card-simulated", "cash-on-delivery", "proof"]]
    order_expiry_minutes: int
    order_profile: OrderProfile
    colors: Colors
    categories: list[Category]
    attributes: list[Attribute]
    warehouses: list[Warehouse]
    shipping: Flat | Distance
    sellers: list[Seller]
    products: list[Product]
    takes_sellers: Literal["closed", "apply", "open"] = "closed"
    source: str | None = None

    @property
    def variants(self) -> list[Variant]:
        return [variant for product in self.products for variant in product.variants]


class Login(Struct):
    email: str
    name: str


class Shopper(Login):
    address: Address


class StorePeople(Struct):
    admin: Login
    shoppers: list[Shopper]


class People(Struct):
    operator: Login
    stores: dict[str, StorePeople]


def read(name: str) -> bytes:
    return files("tradehall.demo").joinpath("data", f"{name}.json").read_bytes()


@pytest.fixture(scope="module", params=STORES)
def store(request: pytest.FixtureRequest) -> Store:
    return msgspec.json.decode(read(request.param), type=Store)


def luminance(color: str) -> float:
    """Relative luminance of `#rrggbb` as WCAG 2 defines it."""
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def duplicates(values: list[str]) -> list[str]:
    return [value for value, count in Counter(values).items() if count > 1]


def test_store_has_its_number_of_products(store: Store) -> None:
    assert len(store.products) == STORES[store.store]


def test_kinds_are_counted() -> None:
    motors = msgspec.json.decode(read("motors"), type=Store)
    bazaar = msgspec.json.decode(read("bazaar"), type=Store)
    assert Counter(p.art["motif"] for p in motors.products) == {"car": 120, "motorcycle": 14}
    assert Counter(p.art["motif"] for p in bazaar.products) == {"book": 48, "curio": 12}
    assert len({w.address.region for w in motors.warehouses}) == 3


def test_slugs_are_kebab_case_and_unique(store: Store) -> None:
    for slugs in (
        [p.slug for p in store.products],
        [c.slug for c in store.categories],
        [s.slug for s in store.sellers],
        [w.code for w in store.warehouses],
    ):
        assert not duplicates(slugs)
        assert [slug for slug in slugs if not KEBAB.fullmatch(slug)] == []


def test_order_profile_is_one_a_store_may_have(store: Store) -> None:
    assert profile_errors(store.order_profile) == []


def test_names_and_skus_are_unique(store: Store) -> None:
    assert not duplicates([p.name for p in store.products])
    skus = [v.sku for v in store.variants]
    assert not duplicates(skus)
    assert [sku for sku in skus if not SKU.fullmatch(sku)] == []


def test_references_lead_somewhere(store: Store) -> None:
    categories = {c.slug: c for c in store.categories}
    sellers = {s.slug for s in store.sellers}
    warehouses = {w.code for w in store.warehouses}
    parents = {c.parent for c in store.categories if c.parent}
    assert 5 <= len(categories) <= 9
    assert all(parent in categories and categories[parent].parent is None for parent in parents)
    assert {p.category for p in store.products} == categories.keys() - parents
    assert {p.seller for p in store.products} == sellers
    assert {code for v in store.variants for code in v.stock} == warehouses


def test_accent_and_ink_are_legible_on_paper(store: Store) -> None:
    colors = store.colors
    assert all(HEX.fullmatch(color) for color in (colors.accent, colors.ink, colors.paper))
    assert contrast(colors.accent, colors.paper) >= 4.5
    assert contrast(colors.ink, colors.paper) >= 7


def test_prices_are_positive_and_reductions_are_real(store: Store) -> None:
    for variant in store.variants:
        assert variant.price > 0, variant.sku
        assert variant.compare_at is None or variant.compare_at > variant.price, variant.sku
        assert variant.weight_g > 0, variant.sku


def test_stock_is_mostly_there_sometimes_scarce_and_now_and_then_gone(store: Store) -> None:
    assert all(units >= 0 for v in store.variants for units in v.stock.values())
    gone = [p.slug for p in store.products if not any(v.on_hand for v in p.variants)]
    assert 2 <= len(gone) <= 3
    assert any(1 <= v.on_hand <= 3 for v in store.variants)


def test_every_variant_answers_every_option_differently(store: Store) -> None:
    for product in store.products:
        assert 1 <= len(product.variants) <= 9, product.slug
        chosen = [tuple(v.options.get(name) for name in product.options) for v in product.variants]
        assert all(v.options.keys() == set(product.options) for v in product.variants), product.slug
        assert len(set(chosen)) == len(chosen), product.slug


def test_specifications_are_four_to_eight_and_filled(store: Store) -> None:
    for product in store.products:
        assert 4 <= len(product.specifications) <= 8, product.slug
        assert all(value.strip() for value in product.specifications.values()), product.slug


def test_attributes_fit_what_products_say(store: Store) -> None:
    parents = {c.slug: c.parent for c in store.categories}
    said: Counter[str] = Counter()
    for one in store.attributes:
        assert set(one.categories) <= parents.keys(), one.code
        fields = {name: getattr(one, name) for name in ("code", "name", "kind", "unit", "choices")}
        attribute = attributes.Attribute(id=uuid7(), **fields)
        attributes.check(attribute)
        for product in store.products:
            if {product.category, parents[product.category]} & set(one.categories):
                for value in (v for name, v in product.specifications.items() if name == one.name):
                    attributes.fit(attribute, value)
                    said[one.code] += 1
    assert all(said[one.code] >= 2 for one in store.attributes)


def test_words_are_calm(store: Store) -> None:
    texts = [store.tagline, store.about]
    texts += [s.description for s in store.sellers] + [c.description for c in store.categories]
    texts += chain.from_iterable((p.name, p.description) for p in store.products)
    assert [text for text in texts if "!" in text or "lorem" in text.lower() or text != text.strip()] == []
    for product in store.products:
        assert 2 <= len(SENTENCE_END.findall(product.description)) <= 4, product.slug
    assert not duplicates([p.description for p in store.products])


def test_pictures_are_of_the_motifs_the_store_draws(store: Store) -> None:
    for product in store.products:
        assert product.art["motif"] in MOTIFS[store.store], product.slug
        colors = [product.art.get("color"), *(v.art.get("color") for v in product.variants)]
        assert all(color is None or HEX.fullmatch(str(color)) for color in colors), product.slug


def test_ratings_are_on_the_scale(store: Store) -> None:
    ratings = [p.rating for p in store.products if p.rating]
    assert all(1 <= r.average <= 5 and r.count > 0 for r in ratings)


@pytest.mark.parametrize("phrase", ["school of wizardry", "Italian home cooking", "private detective in London"])
def test_bazaar_has_books_to_show_semantic_search_with(phrase: str) -> None:
    bazaar = msgspec.json.decode(read("bazaar"), type=Store)
    assert any(phrase in p.description for p in bazaar.products)


def test_isbns_have_valid_check_digits() -> None:
    bazaar = msgspec.json.decode(read("bazaar"), type=Store)
    isbns = [p.specifications["ISBN"] for p in bazaar.products if p.art["motif"] == "book"]
    assert len(set(isbns)) == 48
    for isbn in isbns:
        assert len(isbn) == 13
        assert sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(isbn)) % 10 == 0, isbn


def test_people_belong_to_their_store() -> None:
    people = msgspec.json.decode(read("people"), type=People)
    assert people.stores.keys() == STORES.keys()
    for slug, cast in people.stores.items():
        assert len(cast.shoppers) == 3
        assert cast.admin.email == f"admin@{slug}.example"
        assert all(s.email.endswith(f"@{slug}.example") for s in cast.shoppers)
        country = "BR" if slug == "boutique" else "US"
        zip_code = re.compile(r"\d{5}-\d{3}" if country == "BR" else r"\d{5}")
        addresses = [s.address for s in cast.shoppers]
        assert all(a.country == country and zip_code.fullmatch(a.zip) for a in addresses)


def test_every_login_has_its_own_address() -> None:
    people = msgspec.json.decode(read("people"), type=People)
    emails = [people.operator.email]
    for slug, cast in people.stores.items():
        sellers = msgspec.json.decode(read(slug), type=Store).sellers
        emails += [cast.admin.email, *(s.email for s in cast.shoppers), *(s.email for s in sellers)]
    assert not duplicates(emails)
    assert all(email.endswith(".example") for email in emails)
