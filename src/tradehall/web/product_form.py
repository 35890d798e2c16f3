"""A product as a form: what is typed, what buttons do to it, and what it comes to in words of the API."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import product as combined
from math import prod
from typing import Any

from litestar.datastructures import FormMultiDict

from tradehall.web.client import Json
from tradehall.web.forms import Filled, text
from tradehall.web.product_rows import (
    MOST_OPTIONS,
    Image,
    Option,
    Spec,
    Variant,
    kept_offer,
    keys_of,
    rows_of,
    said,
    same,
    sku_part,
)

INLINE = 20  # variants that a product's own form has room for; more have pages of their own
MOST_VARIANTS = 500
SCALARS = {
    "name": "Name",
    "slug": "Address",
    "description": "Description",
    "category": "Category",
    "brand": "Brand",
    "tags": "Tags",
}
BASE = ("base_sku", "base_price", "base_compare_at", "base_weight")
_DECIMAL_COMMA = re.compile(r"-?\d+,\d+")


@dataclass
class ProductForm(Filled):
    """`elsewhere`: its variants are too many for this form. `rest` (a value): combinations that there are no variants of
    are made when it is saved."""

    specs: list[Spec] = field(default_factory=list)
    options: list[Option] = field(default_factory=list)
    variants: list[Variant] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    related: list[tuple[str, str]] = field(default_factory=list)  # id, name
    elsewhere: bool = False
    focus: str = ""  # the field of a row just added

    @classmethod
    def of(cls, told: Json) -> "ProductForm":
        """As the API tells it."""
        names = [option["name"] for option in told["options"]]
        listed = {item["id"]: item["name"] for item in told["related"]}
        elsewhere = len(told["variants"]) > INLINE
        keys = keys_of(told)
        return cls(
            values={name: str(told[name] or "") for name in ("version", "name", "slug", "description", "brand")}
            | {"category": told["category"] or "", "tags": "\n".join(told["tags"])}
            | {"related_was": " ".join(told["related_ids"])},
            specs=[Spec(spec["name"], said(spec["value"])) for spec in told["specifications"]],
            options=[Option(one["name"], ", ".join(one["values"]), one["name"]) for one in told["options"]],
            variants=[] if elsewhere else [Variant.of(one, names, keys) for one in told["variants"]],
            images=[Image(one["key"], one["alt"]) for one in told["images"]],
            related=[(id, listed.get(id, "")) for id in told["related_ids"]],
            elsewhere=elsewhere,
        )

    @classmethod
    def typed(cls, form: FormMultiDict) -> "ProductForm":
        rows = rows_of(form)
        names = (*SCALARS, *BASE, "version", "seller", "seller_slug", "rest", "category_q", "related_q", "related_was")
        values = {name: text(form, name, longest=20_001).replace("\r\n", "\n") for name in names}
        images = [Image(row.get("key", ""), row.get("alt", "")) for row in rows["image"]]
        related = [value.partition(" ") for value in form.getall("related", []) if isinstance(value, str)]
        return cls(
            values=values,
            specs=[Spec(row.get("name", ""), row.get("value", ""), bool(row.get("typed"))) for row in rows["spec"]],
            options=[Option(row.get("name", ""), row.get("values", ""), row.get("was", "")) for row in rows["option"]],
            variants=[Variant.typed(row, images) for row in rows["variant"]],
            images=images,
            related=[(id, name) for id, _, name in related],
            elsewhere=bool(text(form, "elsewhere")),
        )

    @property
    def version(self) -> int:
        """The product's, that was read; 0 is none's."""
        typed = self["version"]
        return int(typed) if typed.isdecimal() and len(typed) < 10 else 0

    @property
    def named(self) -> list[tuple[int, str]]:
        """The options in which something is said, with their places; one without a name is for the API to refuse."""
        return [(place, one.name) for place, one in enumerate(self.options) if one.name or one.values]

    @property
    def single(self) -> bool:
        """One variant, nothing to choose."""
        return not self.elsewhere and not self.options and len(self.variants) == 1

    def describe(self, attributes: Sequence[Json]) -> None:
        """What the category's attributes ask for has its row, of the right kind."""
        held = {same(one["name"]): one for one in attributes}
        for spec in self.specs:
            spec.attribute = held.get(same(spec.name)) if spec.name else None
        self.specs = [spec for spec in self.specs if spec.attribute or spec.value or not spec.typed]
        there = {same(spec.name) for spec in self.specs}
        self.specs += [Spec(one["name"], "", True, one) for name, one in held.items() if name not in there]

    # --- what buttons do

    def apply(self, action: str) -> None:
        """A button's: add-spec, drop-variant-3, up-image-1, …; what is none of these changes nothing."""
        verb, _, rest = action.partition("-")
        kind, _, which = rest.partition("-")
        match verb, kind:
            case "add", "spec":
                self.specs.append(Spec())
                self.focus = f"spec-{len(self.specs) - 1}-name"
            case "add", "option" if len(self.options) < MOST_OPTIONS:
                self.options.append(Option())
                self.focus = f"option-{len(self.options) - 1}-name"
            case "add", "variant":
                self.variants.append(Variant(price=self["base_price"], weight=self["base_weight"]))
                self.focus = f"variant-{len(self.variants) - 1}-{f'o{self.named[0][0]}' if self.named else 'sku'}"
            case "drop", "spec" | "option" | "variant" | "image" | "related":
                self._move(verb, kind, which)
            case "up", "image" | "related":
                self._move(verb, kind, which)
            case "make", _:
                self.make()
            case "keep", _:
                self.values["rest"] = ""
            case "relate", _:
                id, _, name = rest.partition(" ")
                if id not in dict(self.related):
                    self.related.append((id, name))

    def _move(self, verb: str, kind: str, which: str) -> None:
        rows: Any = {
            "spec": self.specs,
            "option": self.options,
            "variant": self.variants,
            "image": self.images,
            "related": self.related,
        }[kind]
        place = int(which) if which.isdecimal() else -1
        if not 0 <= place < len(rows):
            return
        if verb == "up":
            rows.insert(max(0, place - 1), rows.pop(place))
            return
        gone = rows.pop(place)
        if kind == "option":
            for variant in self.variants:
                del variant.values[place : place + 1]
        if kind == "image":
            for variant in self.variants:
                variant.image = "" if variant.image == gone.key else variant.image

    def make(self) -> None:
        """A variant of each combination, as far as there is room; the rest of them when the product is saved."""
        sets = [option.listed() for _, option in self._sets()]
        for place, option in self._sets():
            if not option.listed():
                self.errors[f"option-{place}-values"] = "Enter what can be chosen, a comma between."
            if not option.name:
                self.errors[f"option-{place}-name"] = "Enter what there is to choose, such as Size."
        if not sets:
            self.errors["option-0-name"] = "Enter what there is to choose, such as Size."
        elif prod(map(len, sets)) > MOST_VARIANTS:
            self.errors[f"option-{self._sets()[0][0]}-values"] = (
                f"Together these are more than {MOST_VARIANTS} variants, the most there can be."
            )
        if self.errors:
            return
        if self.elsewhere:
            self.values["rest"] = "1"
            return
        first = self.variants[0] if self.variants else Variant()
        self.values["base_price"] = self["base_price"] or first.price
        self.values["base_weight"] = self["base_weight"] or first.weight
        made = self.lacking(self._chosen())
        for variant in self.variants:
            variant.values += [""] * (len(self.options) - len(variant.values))
            own = [variant.values[place] for place, _ in self.named]
            # What is said of a variant stays: it may be in carts and in stock.
            fitting = (one for one in made if all(mine in ("", its) for mine, its in zip(own, one, strict=True)))
            if "" in own and (chosen := next(fitting, None)):
                made.remove(chosen)
                new = self._variant(chosen)
                variant.values = new.values
                variant.sku, variant.price = variant.sku or new.sku, variant.price or new.price
        room = max(0, INLINE - len(self.variants))
        for values in made[:room]:
            self.variants.append(self._variant(values))
        self.values["rest"] = "1" if len(made) > room else ""

    def _sets(self) -> list[tuple[int, Option]]:
        return [(place, self.options[place]) for place, _ in self.named]

    def _chosen(self) -> list[tuple[str, ...]]:
        """What the variants typed are of."""
        return [
            tuple(one.values[place] if place < len(one.values) else "" for place, _ in self.named)
            for one in self.variants
        ]

    def lacking(self, there: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
        """Combinations that are not `there`."""
        sets = [option.listed() for _, option in self._sets()]
        if not sets or prod(map(len, sets)) > MOST_VARIANTS:
            return []
        known = set(there)
        return [one for one in combined(*sets) if one not in known]

    def _variant(self, values: tuple[str, ...]) -> Variant:
        placed = [""] * len(self.options)
        for (place, _), value in zip(self.named, values, strict=True):
            placed[place] = value
        base = self["base_sku"] or sku_part(self["name"])
        sku = "-".join(part for part in (base, *map(sku_part, values)) if part)[:60]
        taken = {one.sku for one in self.variants}
        free = next(one for n in range(1, 600) if (one := f"{sku}-{n}" if n > 1 else sku) not in taken)
        return Variant("", free, self["base_price"], self["base_compare_at"], self["base_weight"], "", placed)

    # --- what it comes to

    def to_come(self, told: Json | None) -> int:
        """How many variants are made when it is saved; `told` is the product as it is."""
        if not self["rest"]:
            return 0
        there = [tuple(offer["options"].values()) for offer in self._kept(told)] if self.elsewhere and told else None
        return len(self.lacking(self._chosen() if there is None else there))

    def offers(self, told: Json | None, currency: str) -> list[Json]:
        """Of all variants: those typed come first, in their order, or those that the product has."""
        if not self.elsewhere or not told:
            typed = self.variants or [Variant()]
            offers = [one.offer(self.named, currency) for one in typed]
        else:
            offers = self._kept(told)
        if self["rest"]:
            there = [tuple(offer["options"].values()) for offer in offers]
            added = ProductForm(values=self.values, options=self.options)
            added.variants = [Variant(sku=offer["sku"]) for offer in offers]  # their SKUs are taken
            for values in self.lacking(there):
                added.variants.append(added._variant(values))
            offers += [one.offer(self.named, currency) for one in added.variants[len(offers) :]]
        return offers

    def _kept(self, told: Json) -> list[Json]:
        """Those there are, whose options may have other names by now, or be others: a new one has its first value."""
        keys = keys_of(told)
        return [kept_offer(one, self._renamed(one["options"]), keys) for one in told["variants"]]

    def _renamed(self, chosen: dict[str, str]) -> dict[str, str]:
        return {
            option.name: chosen[option.was] if option.was in chosen else next(iter(option.listed()), "")
            for _, option in self._sets()
        }

    def specifications(self, told: Json | None) -> list[tuple[int, Json]]:
        """With their places. What was not touched is what it was, a number too."""
        before = {(spec["name"], said(spec["value"])): spec["value"] for spec in (told or {}).get("specifications", ())}
        found = []
        for place, spec in enumerate(self.specs):
            if not spec.value and (spec.typed or spec.attribute or not spec.name):
                continue
            value = before.get((spec.name, spec.value), spec.value or None)
            if spec.attribute and spec.attribute["kind"] == "number" and isinstance(value, str):
                value = value.replace(",", ".") if _DECIMAL_COMMA.fullmatch(value) else value
            found.append((place, {"name": spec.name, "value": value}))
        return found

    def body(self, told: Json | None, currency: str) -> Json:
        body: Json = {name: self[name] for name in ("name", "slug", "description", "brand")}
        body["category"] = self["category"] or None
        body["tags"] = list(dict.fromkeys(tag for line in self["tags"].splitlines() if (tag := line.strip())))
        body["specifications"] = [spec for _, spec in self.specifications(told)]
        names = [name for _, name in self.named]
        kept = told is not None and self.elsewhere and not self["rest"]
        if not kept or names != [option["name"] for option in (told or {})["options"]]:
            body |= {"options": names, "variants": self.offers(told, currency)}
        if told is not None:
            body["images"] = [{"key": image.key, "alt": image.alt} for image in self.images]
        return body
