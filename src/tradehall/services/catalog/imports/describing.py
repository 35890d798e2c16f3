"""What rows make of a product's specifications: values of the types that its category's attributes have."""

from collections.abc import Mapping

import msgspec
from msgspec import UNSET

from tradehall.services.catalog.attributes import Attribute, Shelf, fitted, lacking, same_name
from tradehall.services.catalog.imports.cells import Value, read_text, read_value, write_value
from tradehall.services.catalog.imports.mapping import Facts, Problem
from tradehall.services.catalog.model import Product, Spec

MOST_SPECIFICATIONS = 100
_NOWHERE = Shelf()


class Described(msgspec.Struct, frozen=True):
    """What a product would say of itself, and what is wrong with that."""

    specifications: list[Spec]
    wrong: list[Problem]


def describe(facts: Facts, product: Product | None, shelves: Mapping[str, Shelf], *, leads: bool) -> Described:
    """What is as before is not looked at again: it may not fit since an attribute changed. A row that does not lead its
    product moves it to no other category."""
    category, published = (product.category, product.status == "published") if product else (None, False)
    same = product is not None
    if leads and facts.category is not UNSET and facts.category != category:
        category, same = facts.category, False
    if leads and facts.status and (facts.status == "published") != published:
        published, same = facts.status == "published", False
    named = shelves.get(category or "", _NOWHERE).named
    said = _said(facts.specs, product, named)
    if same and product is not None and said == product.specifications:
        return Described(said, [])
    fitting, misfits = fitted(named, said)
    wrong = [
        Problem(f"spec:{said[place].name}", rule, write_value(said[place].value)) for place, rule in misfits.items()
    ]
    if published:
        rule = "must be said of what is published, as the category requires"
        wrong += [Problem(f"spec:{name}", rule, "") for name in lacking(named, said)]
    if len(said) > MOST_SPECIFICATIONS:
        wrong.append(Problem("specs", f"must be at most {MOST_SPECIFICATIONS}", ""))
    return Described(fitting, wrong)


def _said(specs: Mapping[str, str], product: Product | None, named: Mapping[str, Attribute]) -> list[Spec]:
    """Those the rows name, in the places they had; a value that reads as it is written stays of its type."""
    texts: dict[str, str] = {}
    for name, written in specs.items():  # two columns may be about the same attribute
        key = _key(name, named)
        texts[key] = texts.get(key, "") or written
    kept = []
    for spec in product.specifications if product else ():
        text = texts.pop(_key(spec.name, named), None)
        if text is None or text == write_value(spec.value):
            kept.append(spec)
        elif text:
            value = _read(text, spec.name, named)
            kept.append(spec if value == spec.value else Spec(spec.name, value))
    return kept + [Spec(name, _read(written, name, named)) for name, written in texts.items() if written]


def _key(name: str, named: Mapping[str, Attribute]) -> str:
    """An attribute's own name, no matter how a column writes it."""
    attribute = named.get(same_name(name)) if named else None
    return attribute.name if attribute else name


def _read(text: str, name: str, named: Mapping[str, Attribute]) -> Value:
    attribute = named.get(same_name(name)) if named else None
    return read_text(text) if attribute and attribute.kind in ("text", "choice") else read_value(text)
