"""What a product is, and the rules it keeps. Money in minor units of the product's currency."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tradehall.contracts.catalog import VariantFacts
from tradehall.contracts.values import Minor
from tradehall.kernel.errors import Conflict, FieldError, Invalid, NotFound, Refusal
from tradehall.kernel.folding import fold

# PostgreSQL takes no NUL in a text.
ANY_TEXT = r"^[^\x00]*$"
SOME_TEXT = r"^[^\x00]*[^\x00\s][^\x00]*$"
SLUG = "^[a-z0-9]+(-[a-z0-9]+)*$"

Name = Annotated[str, Meta(max_length=200, pattern=SOME_TEXT)]
Label = Annotated[str, Meta(max_length=100, pattern=SOME_TEXT)]
Slug = Annotated[str, Meta(max_length=100, pattern=SLUG)]
ImageKey = Annotated[str, Meta(max_length=64, pattern=ANY_TEXT)]
Sku = Annotated[str, Meta(max_length=64, pattern=SOME_TEXT)]
Brand = Annotated[str, Meta(max_length=100, pattern=ANY_TEXT)]
Alt = Annotated[str, Meta(max_length=300, pattern=ANY_TEXT)]
Description = Annotated[str, Meta(max_length=20_000, pattern=ANY_TEXT)]
Grams = Annotated[int, Meta(ge=0, le=10**8)]
SpecText = Annotated[str, Meta(max_length=1000, pattern=ANY_TEXT)]
SpecNumber = Annotated[int, Meta(ge=-(10**15), le=10**15)]
Status = Literal["draft", "published"]

RESERVED_SLUGS = frozenset({"facets", "imports"})  # they are addresses of the API
MOST_VARIANTS = 500
MOST_RELATED = 24
MOST_IMAGES = 20
MOST_LEVELS = 10
SLUG_LENGTH = 80


class UnknownProduct(NotFound):
    slug = "unknown-product"
    title = "There is no such product"


class UnknownVariant(NotFound):
    slug = "unknown-variant"
    title = "The product has no such variant"


class LastVariant(Conflict):
    slug = "last-variant"
    title = "A product has one variant at least"


class TooManyVariants(Conflict):
    slug = "too-many-variants"
    title = f"A product has at most {MOST_VARIANTS} variants"


class Moved(Refusal):
    """For a reader who came by an earlier address; `extra` says the slug of today."""

    status = 301
    slug = "moved"
    title = "It has another address now"

    def __init__(self, location: str, slug: str, *, public: bool = True) -> None:
        # No longer than any other answer is kept: the address may be another thing's tomorrow.
        caching = "public, max-age=1" if public else "no-store"
        headers = {"location": location, "cache-control": caching, "vary": "authorization, host"}
        super().__init__(headers=headers, slug=slug)


class UnknownBrand(NotFound):
    slug = "unknown-brand"
    title = "There is no such brand"


class BrandInUse(Conflict):
    slug = "brand-in-use"
    title = "The brand still has products"


class BrandTaken(Conflict):
    slug = "brand-taken"
    title = "Another brand of this store has this name"


class UnknownImage(NotFound):
    slug = "unknown-image"
    title = "The product has no such image"


class UnknownCategory(NotFound):
    slug = "unknown-category"
    title = "There is no such category"


class SkuTaken(Conflict):
    slug = "sku-taken"
    title = "A SKU is used once in a store"


class SlugTaken(Conflict):
    slug = "slug-taken"
    title = "Something else in this store has this slug"


class Changed(Conflict):
    slug = "changed"
    title = "Somebody else changed this in the meantime"


class SellerSuspended(Conflict):
    slug = "seller-suspended"
    title = "The seller is suspended: what they sell stays out of sight"


class CategoryInUse(Conflict):
    slug = "category-in-use"
    title = "The category still has products or categories"


class TooManyImages(Conflict):
    slug = "too-many-images"
    title = f"A product has at most {MOST_IMAGES} images"


class Spec(msgspec.Struct, frozen=True):
    name: Label
    value: SpecText | SpecNumber | float | bool


MOST_RATINGS = 2**31 - 1


class Rating(msgspec.Struct, frozen=True):
    average: Annotated[float, Meta(ge=1, le=5)]
    count: Annotated[int, Meta(ge=1, le=MOST_RATINGS)]


def added(base: Rating | None, stars: Sequence[int]) -> Rating | None:
    """Both together, each buyer's word of the same weight."""
    average, weight = (round(base.average, 2), base.count) if base else (0.0, 0)
    count = weight + sum(stars)
    total = average * weight + sum(star * times for star, times in enumerate(stars, 1))
    return Rating(round(total / count, 2), min(count, MOST_RATINGS)) if count else None


class Image(msgspec.Struct, frozen=True):
    """`width` and `height` in pixels, of the large one."""

    key: str
    width: int
    height: int
    alt: str = ""


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A variant as its seller describes it. `image` is the key of one of the product's images; left out, it stays."""

    sku: Sku
    price: Minor
    options: Annotated[dict[Label, Label], Meta(max_length=5)] = {}
    compare_at: Minor | None = None
    weight_g: Grams = 0
    image: ImageKey | UnsetType | None = UNSET


class KnownOffer(Offer, frozen=True, kw_only=True):
    """With `id` it is the variant of this id, which may take another SKU; without, the one of the same SKU, or a new one."""

    id: UUID | None = None


class ShownImage(msgspec.Struct, frozen=True, kw_only=True):
    """A picture the product has. Without `alt` its text stays."""

    key: ImageKey
    alt: Alt | UnsetType = UNSET


class Variant(msgspec.Struct, frozen=True):
    """`image` is the key of one of the product's images. Inventory says what is `available`, and whether more may be
    ordered (`backorder`)."""

    id: UUID
    sku: str
    options: dict[str, str]
    price: int
    compare_at: int | None
    weight_g: int
    image: str | None
    available: int = 0
    backorder: bool = False


class Product(msgspec.Struct, frozen=True, kw_only=True):
    """`variants` are in the order of display, and never empty. `brand_slug` is that of the brand named, once stored.

    `rating` is what it was imported with, `stars` are those of the reviews written here: five counts, from one star up.
    """

    id: UUID
    seller_id: UUID
    slug: str
    name: str
    brand: str
    category: str | None
    description: str
    specifications: list[Spec]
    options: list[str]
    tags: list[str]
    images: list[Image]
    status: Status
    currency: str
    rating: Rating | None
    variants: list[Variant]
    published_at: datetime | None = None
    version: int = 1
    brand_slug: str | None = None
    stars: list[int] = msgspec.field(default_factory=lambda: [0] * 5)

    @property
    def shown_rating(self) -> Rating | None:
        return added(self.rating, self.stars)

    @property
    def cheapest(self) -> Variant:
        return min(self.variants, key=lambda variant: variant.price)

    @property
    def available(self) -> int:
        return sum(variant.available for variant in self.variants)

    def image_of(self, variant: Variant) -> str | None:
        """The key of the picture that shows a variant best."""
        return variant.image or (self.images[0].key if self.images else None)


def check_offers(options: Sequence[str], offers: Sequence[Offer | Variant]) -> None:
    """Raises Invalid with all that is wrong, SkuTaken where a SKU stands twice."""
    wrong: list[FieldError] = []
    if len(set(options)) < len(options):
        wrong.append(FieldError("options", "must differ from each other"))
    seen: set[tuple[str, ...]] = set()
    for i, offer in enumerate(offers):
        if set(offer.options) != set(options):
            names = ", ".join(options) or "none, since the product has no options"
            wrong.append(FieldError(f"variants[{i}].options", f"must name exactly the options: {names}"))
            continue
        choice = tuple(offer.options[name] for name in options)
        if choice in seen:
            wrong.append(FieldError(f"variants[{i}].options", "must differ from those of the other variants"))
        seen.add(choice)
        if offer.compare_at is not None and offer.compare_at <= offer.price:
            wrong.append(FieldError(f"variants[{i}].compare_at", "must be above the price"))
    if wrong:
        raise Invalid("Options and variants do not fit together.", errors=wrong)
    twice = [sku for sku, times in Counter(offer.sku for offer in offers).items() if times > 1]
    if twice:
        raise sku_taken(twice)


def check_images(product: Product) -> None:
    """Raises Invalid for variants shown by a picture the product does not have."""
    known = {image.key for image in product.images}
    wrong = [
        FieldError(f"variants[{i}].image", "must be the key of one of the product's images")
        for i, variant in enumerate(product.variants)
        if variant.image is not None and variant.image not in known
    ]
    if wrong:
        raise Invalid("A variant's image is not there.", errors=wrong)


def arranged(images: Sequence[Image], shown: Sequence[ShownImage]) -> list[Image]:
    """Those shown, in their order. Raises Invalid for what is none of the images."""
    known = {image.key: image for image in images}
    wrong = [
        FieldError(f"images[{i}].key", "must be the key of one of the product's images, once")
        for i, one in enumerate(shown)
        if one.key not in known or any(other.key == one.key for other in shown[:i])
    ]
    if wrong:
        raise Invalid("Some images are not there.", errors=wrong)
    return [
        known[one.key] if one.alt is UNSET else msgspec.structs.replace(known[one.key], alt=one.alt) for one in shown
    ]


def without_pictures(variants: Sequence[Variant], kept: Sequence[Image]) -> list[Variant]:
    """None is shown by a picture that is not among those kept."""
    keys = {image.key for image in kept}
    return [
        variant if variant.image is None or variant.image in keys else msgspec.structs.replace(variant, image=None)
        for variant in variants
    ]


def check_slug(slug: str) -> None:
    if slug in RESERVED_SLUGS:
        raise Invalid.field("slug", f"must not be {slug}")


def sku_taken(skus: Iterable[str]) -> SkuTaken:
    names = sorted(skus)
    return SkuTaken(f"Taken already: {', '.join(names)}.", skus=names)


def slug_of(name: str, otherwise: str = "product") -> str:
    """ASCII; `otherwise` where the name has no Latin letter or digit."""
    words = re.findall("[a-z0-9]+", fold(name))
    return "-".join(words)[:SLUG_LENGTH].strip("-") or otherwise


def free_slug(slug: str, taken: set[str]) -> str:
    """The first of `slug`, `slug-2`, `slug-3`, … that is not taken."""
    if slug not in taken | RESERVED_SLUGS:
        return slug
    return next(numbered for n in range(2, len(taken) + 4) if (numbered := f"{slug}-{n}") not in taken)


def word_query(text: str) -> str:
    """A tsquery of which each word begins a word of the text looked in; empty where there is no word.

    >>> word_query("Trekking te")
    'trekking:* & te:*'
    """
    words = re.findall(r"[^\W_]+", fold(text))
    return " & ".join(f"{word}:*" for word in words[:10])


def part_pattern(text: str) -> str:
    """For LIKE: anything that holds the text."""
    escaped = re.sub(r"([\\%_])", r"\\\1", fold(text).strip())
    return f"%{escaped}%"


def picture(store_id: UUID, key: str) -> str:
    return f"/media/{store_id}/{picture_name(key)}"


def thumb(store_id: UUID, key: str) -> str:
    return f"/media/{store_id}/{thumb_name(key)}"


def logo(store_id: UUID, key: str) -> str:
    return f"/media/{store_id}/{logo_name(key)}"


def logo_name(key: str) -> str:
    return f"brands/{key}.webp"


def picture_name(key: str) -> str:
    return f"products/{key}.webp"


def thumb_name(key: str) -> str:
    return f"products/{key}-480.webp"


def facts(product: Product, store_id: UUID) -> list[VariantFacts]:
    return [
        VariantFacts(
            variant_id=variant.id,
            sku=variant.sku,
            title=", ".join([product.name, *(variant.options[name] for name in product.options)]),
            options=variant.options,
            price=variant.price,
            compare_at=variant.compare_at,
            weight_g=variant.weight_g,
            image=thumb(store_id, image) if (image := product.image_of(variant)) else None,
        )
        for variant in product.variants
    ]
