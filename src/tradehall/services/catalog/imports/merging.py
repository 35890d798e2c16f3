"""What rows make of the products there are: new ones, changed ones, the same as before, or nothing, with the reasons."""

from collections.abc import Mapping, Sequence, Set
from typing import Any, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET

from tradehall.kernel.errors import Invalid
from tradehall.kernel.ids import uuid7
from tradehall.services.catalog import model
from tradehall.services.catalog.attributes import Shelf
from tradehall.services.catalog.imports.describing import Described, describe
from tradehall.services.catalog.imports.mapping import PRODUCT_FIELDS, BadRow, Facts, Line, Problem
from tradehall.services.catalog.model import Product, Variant

Outcome = Literal["created", "changed", "unchanged"]


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What the store has of what the rows name. `products` are those that the rows may be about, by id.

    `owners`: SKU -> product; `handles`: slug -> product; of this import so far `parents`: parent -> product, and
    `rows`: SKU -> row. `seller_id` is whose import it is, None for the store's own. `shelves`: category -> what holds
    there; `brands`: a brand as rows write it -> as it writes itself.
    """

    currency: str
    seller_id: UUID | None
    products: Mapping[UUID, Product]
    owners: Mapping[str, UUID]
    handles: Mapping[str, UUID]
    parents: Mapping[str, UUID]
    rows: Mapping[str, int]
    begun: frozenset[UUID]
    sellers: Mapping[str, UUID]
    shelves: Mapping[str, Shelf]
    brands: Mapping[str, str]


class Merged(msgspec.Struct, frozen=True):
    """`lines` are in `product` now, each with what it did."""

    product: Product
    before: Product | None
    lines: list[tuple[Line, Outcome]]

    @property
    def own_slug(self) -> bool:
        """The rows name the new product's slug; otherwise one is to be found that is free."""
        return self.lines[0][0].facts.handle is not None


def merge(lines: Sequence[Line], known: Known) -> tuple[list[Merged], list[BadRow]]:
    """The products that rows make, and the rows that have no part in them."""
    merged: list[Merged] = []
    bad: list[BadRow] = []
    placed: dict[object, tuple[Product | None, list[Line]]] = {}
    rows = dict(known.rows)
    for key, group in _groups([_spelled(line, known.brands) for line in lines]).items():
        found = _product_of(group, known)
        before = known.products.get(found) if isinstance(found, UUID) else None
        good = placed.setdefault(before.id if before else key, (before, []))[1]  # rows by SKU alone may share a product
        for line in group:
            sku = line.facts.sku
            wrong = [found] if isinstance(found, Problem) else _misplaced(line, before, known)
            if sku in rows:
                wrong.append(Problem("sku", f"must stand once in the file; row {rows[sku]} has it", sku))
            rows.setdefault(sku, line.row.number)
            if wrong:
                bad.append(BadRow(line.row, wrong))
            else:
                good.append(line)
    for before, good in placed.values():
        product, misfits = _apply(good, before, known)
        bad += misfits
        if product is not None:
            merged.append(product)
    return merged, bad


def _spelled(line: Line, brands: Mapping[str, str]) -> Line:
    """Its brand as the brand writes itself, where there is one of the name."""
    said = line.facts.brand
    if said is UNSET or (brand := brands.get(said.strip(), said.strip())) == said:
        return line
    return msgspec.structs.replace(line, facts=msgspec.structs.replace(line.facts, brand=brand))


def _groups(lines: Sequence[Line]) -> dict[object, list[Line]]:
    groups: dict[object, list[Line]] = {}
    for line in lines:
        groups.setdefault(line.group, []).append(line)
    return groups


def _product_of(group: Sequence[Line], known: Known) -> UUID | Problem | None:
    """By its SKUs, else by its handle or parent; None for a new one."""
    owners = {owner for line in group if (owner := known.owners.get(line.facts.sku)) is not None}
    if len(owners) > 1:
        return Problem("sku", "must not be variants of different products already", "")
    if owners:
        return owners.pop()
    facts = group[0].facts
    if facts.handle:
        return known.handles.get(facts.handle)
    return known.parents.get(facts.parent) if facts.parent else None


def _misplaced(line: Line, before: Product | None, known: Known) -> list[Problem]:
    """Whose the product is, and where it belongs."""
    facts, wrong = line.facts, []
    own = known.seller_id
    named = known.sellers.get(facts.seller) if facts.seller else None
    if facts.seller and (named is None or own not in (None, named)):
        rule = "must be a seller of this store" if own is None else "must be you, or left out"
        wrong.append(Problem("seller", rule, facts.seller))
    elif before is None and named is None and own is None:
        wrong.append(Problem("seller", "is required of an admin", ""))
    elif before is not None and own not in (None, before.seller_id):
        taken = "sku" if facts.sku in known.owners else "handle"
        wrong.append(Problem(taken, "must not be another seller's", line.texts.get(taken, "")))
    if facts.handle in model.RESERVED_SLUGS:
        wrong.append(Problem("handle", "must be another word", line.texts.get("handle", "")))
    if facts.category and facts.category not in known.shelves:
        wrong.append(Problem("category", "must be a category of this store", line.texts.get("category", "")))
    return wrong


def _apply(lines: Sequence[Line], before: Product | None, known: Known) -> tuple[Merged | None, list[BadRow]]:
    """Row by row; one that does not fit leaves no trace."""
    product = before
    bad: list[BadRow] = []
    done: list[tuple[Line, Outcome]] = []
    options = _options_of(lines, before)
    for place, line in enumerate(lines):
        leads = not done and (before is None or before.id not in known.begun)
        to_come = {later.facts.sku for later in lines[place + 1 :]} if len(lines) > 1 else frozenset()
        described = describe(line.facts, product, known.shelves, leads=leads)
        wrong = _unfit(line, product, described, done[0][0] if done else None, leads=leads)
        wrong += _misfit(line, product, options, to_come)
        if product is not None and line.facts.seller and known.sellers[line.facts.seller] != product.seller_id:
            wrong.append(Problem("seller", "must stay the product's seller", line.facts.seller))
        if wrong:
            bad.append(BadRow(line.row, wrong))
            continue
        was = product
        product = _with_line(line, product, options, described, known, leads=leads)
        is_new = was is None or all(variant.sku != line.facts.sku for variant in was.variants)
        done.append((line, "created" if is_new else "unchanged" if product == was else "changed"))
    if product is None or not done:
        return None, bad
    try:
        model.check_offers(product.options, product.variants)
    except Invalid as invalid:  # rows that were bad left the others without what they need
        wrong = [Problem("options", invalid.errors[0].rule, "")]
        return None, [*bad, *(BadRow(line.row, wrong) for line, _ in done)]
    return Merged(product, before, done), bad


def _options_of(lines: Sequence[Line], before: Product | None) -> list[str]:
    """The product's options: as they are, or as its rows say, if those are about all of its variants."""
    said = next((line.facts.options for line in lines if line.facts.options is not UNSET), None)
    if before is None:
        return list(said or ())
    if said is None or set(said) == set(before.options):
        return before.options
    whole = {variant.sku for variant in before.variants} <= {line.facts.sku for line in lines}
    return list(said) if whole else before.options


def _unfit(
    line: Line, product: Product | None, described: Described, first: Line | None, *, leads: bool
) -> list[Problem]:
    facts, wrong = line.facts, []
    there = _variant_of(facts, product)
    if leads and product is None and facts.name is UNSET:
        wrong.append(Problem("name", "is required", ""))
    if not leads and product is not None:
        wrong += _contradictions(line, product, described, first)
    if there is None and facts.price is UNSET:
        wrong.append(Problem("price", "is required", ""))
    price = facts.price if facts.price is not UNSET else there.price if there else 0
    compare_at = facts.compare_at if facts.compare_at is not UNSET else there.compare_at if there else None
    if compare_at is not None and compare_at <= price:
        wrong.append(Problem("compare_at", "must be above the price", line.texts.get("compare_at", "")))
    if product is not None and there is None and len(product.variants) >= model.MOST_VARIANTS:
        wrong.append(Problem("row", f"must be one of at most {model.MOST_VARIANTS} variants of a product", ""))
    return wrong + described.wrong if leads else wrong


def _contradictions(line: Line, product: Product, described: Described, first: Line | None) -> list[Problem]:
    """A later row of a product repeats what the first one says of it, or is silent."""
    wrong = []
    where = f"row {first.row.number}" if first else "the rows before"
    for field in (*PRODUCT_FIELDS, "specs"):
        said = getattr(line.facts, field)
        if field == "specs":
            same = described.specifications == product.specifications
            silent = not any(said.values())
        else:
            same, silent = said == getattr(product, field), said in (UNSET, None, "", [])
        if not same and not silent:
            wrong.append(Problem(field, f"must be as in {where}, or empty", line.texts.get(field, "")))
    return wrong


def _misfit(line: Line, product: Product | None, options: list[str], to_come: Set[str]) -> list[Problem]:
    """Of its options. Variants that rows to come are about may still make room."""
    said = line.facts.options
    there = _variant_of(line.facts, product)
    chosen = said if said is not UNSET else there.options if there else {}
    shown = ", ".join(chosen.values())
    if set(chosen) != set(options):
        names = ", ".join(options) or "none"
        return [Problem("options", f"must be exactly the product's: {names}", shown)]
    sku = line.facts.sku
    if any(
        v.options == chosen and v.sku != sku and v.sku not in to_come for v in (product.variants if product else ())
    ):
        return [Problem("options", "must differ from those of the other variants", shown)]
    return []


def _with_line(
    line: Line, product: Product | None, options: list[str], described: Described, known: Known, *, leads: bool
) -> Product:
    facts = line.facts
    variant = _variant(facts, product)
    if product is None:
        seller_id = known.seller_id or known.sellers[facts.seller or ""]
        name = facts.name if facts.name is not UNSET else ""
        product = Product(
            id=uuid7(),
            seller_id=seller_id,
            slug=facts.handle or model.slug_of(name),
            name=name,
            brand="",
            category=None,
            description="",
            specifications=[],
            options=options,
            tags=[],
            images=[],
            status="draft",
            currency=known.currency,
            rating=None,
            variants=[],
        )
    changes: dict[str, Any] = {"options": options}
    if leads:
        changes |= {name: said for name in PRODUCT_FIELDS if (said := getattr(facts, name)) is not UNSET}
        if changes.get("status", "") is None:  # an empty cell: as it is
            del changes["status"]
        changes["specifications"] = described.specifications
    if any(v.sku == variant.sku for v in product.variants):
        variants = [variant if v.sku == variant.sku else v for v in product.variants]
    else:
        variants = [*product.variants, variant]
    return msgspec.structs.replace(product, variants=variants, **changes)


def _variant_of(facts: Facts, product: Product | None) -> Variant | None:
    return next((v for v in product.variants if v.sku == facts.sku), None) if product else None


def _variant(facts: Facts, product: Product | None) -> Variant:
    there = _variant_of(facts, product)
    if there is None:
        there = Variant(id=uuid7(), sku=facts.sku, options={}, price=0, compare_at=None, weight_g=0, image=None)
    said = {"price": facts.price, "compare_at": facts.compare_at, "weight_g": facts.weight, "options": facts.options}
    return msgspec.structs.replace(there, **{name: value for name, value in said.items() if value is not UNSET})
