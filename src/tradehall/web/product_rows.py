"""The rows of a product's form, and how their fields are typed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from litestar.datastructures import FormMultiDict

from tradehall.contracts.values import decimals, to_decimal
from tradehall.web.client import Json
from tradehall.web.forms import text

MOST_OPTIONS = 5
_ROW = re.compile(r"(spec|option|variant|image)-(\d{1,4})-(\w+)")
_AMOUNT = re.compile(r"(\d{1,13})(?:[.,](\d{1,3}))?")


@dataclass
class Spec:
    """`typed`: its name is not typed but an attribute's, which is `attribute` as long as the category holds it."""

    name: str = ""
    value: str = ""
    typed: bool = False
    attribute: Json | None = field(default=None, compare=False)


@dataclass
class Option:
    """`was` is its name as the product has it."""

    name: str = ""
    values: str = field(default="", compare=False)
    was: str = field(default="", compare=False)

    def listed(self) -> list[str]:
        return list(dict.fromkeys(value for part in re.split(r"[,\n]", self.values) if (value := part.strip()[:100])))


@dataclass
class Variant:
    """`values` are those of the options, in their order; `image` is a key."""

    id: str = ""
    sku: str = ""
    price: str = ""
    compare_at: str = ""
    weight: str = ""
    image: str = ""
    values: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, told: Json, options: Sequence[str], keys: dict[str, str]) -> "Variant":
        """As the API tells it; `keys` are those of the pictures, by their addresses."""
        return cls(
            id=told["id"],
            sku=told["sku"],
            price=amount(told["price"]),
            compare_at=amount(told["compare_at"]),
            weight=str(told["weight_g"] or ""),
            image=keys.get(told["image"] or "", ""),
            values=[told["options"].get(name, "") for name in options],
        )

    @classmethod
    def typed(cls, row: dict[str, str], images: "Sequence[Image]") -> "Variant":
        """Pictures are chosen by their place: their keys are long."""
        place = row.get("image", "")
        known = place.isdecimal() and int(place) < len(images)
        return cls(
            **{name: row.get(name, "") for name in ("id", "sku", "price", "compare_at", "weight")},
            image=images[int(place)].key if known else "",
            values=[row.get(f"o{i}", "") for i in range(MOST_OPTIONS)],
        )

    def offer(self, names: Sequence[tuple[int, str]], currency: str) -> Json:
        """`names` of options with their places. What cannot be read stays as it was typed, for the API to refuse."""
        offer: Json = {
            "sku": self.sku,
            "price": minor(self.price, currency),
            "compare_at": minor(self.compare_at, currency) if self.compare_at else None,
            "weight_g": (int(self.weight) if self.weight.isdecimal() else self.weight) if self.weight else 0,
            "options": {name: self.values[place] if place < len(self.values) else "" for place, name in names},
            "image": self.image or None,
        }
        return offer | ({"id": self.id} if self.id else {})


@dataclass
class Image:
    key: str
    alt: str = ""


def rows_of(form: FormMultiDict) -> dict[str, list[dict[str, str]]]:
    """Fields such as variant-3-sku, by their rows."""
    found: dict[str, dict[int, dict[str, str]]] = {kind: {} for kind in ("spec", "option", "variant", "image")}
    for name in form:
        if match := _ROW.fullmatch(name):
            kind, place, part = match.groups()
            found[kind].setdefault(int(place), {})[part] = text(form, name)
    return {kind: [rows[place] for place in sorted(rows)] for kind, rows in found.items()}


def keys_of(told: Json) -> dict[str, str]:
    """The keys of a product's pictures, by their addresses."""
    return {image["url"]: image["key"] for image in told["images"]}


def kept_offer(told: Json, options: dict[str, str], keys: dict[str, str]) -> Json:
    """A variant as it is, under these options."""
    return {
        "id": told["id"],
        "sku": told["sku"],
        "price": told["price"]["amount"],
        "compare_at": told["compare_at"]["amount"] if told["compare_at"] else None,
        "weight_g": told["weight_g"],
        "options": options,
        "image": keys.get(told["image"] or ""),
    }


def amount(money: Json | None) -> str:
    """{"amount": 1999, "currency": "USD"} -> "19.99"."""
    return f"{to_decimal(money['amount'], money['currency']):f}" if money else ""


def minor(typed: str, currency: str) -> int | str:
    """ "19.99" or "19,99" -> 1999; what is no amount stays as it is."""
    digits = decimals(currency)
    match = _AMOUNT.fullmatch(typed)
    if not match or len(match[2] or "") > digits:
        return typed
    whole: int = int(match[1] + "0" * digits)
    return whole + int((match[2] or "").ljust(digits, "0") or 0)


def said(value: str | float | bool) -> str:
    """A specification's value as it is typed."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def same(name: str) -> str:
    return " ".join(name.split()).casefold()


def sku_part(text: str) -> str:
    return "-".join(re.findall(r"\w+", text))[:24].upper()


def shortened(text: str, most: int = 80) -> str:
    return text if len(text) <= most else f"{text[:most]}…"
