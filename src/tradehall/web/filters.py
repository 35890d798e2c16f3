"""The filters of the product list: as the page's address has them, as the API takes them, as the form shows them.

A range of numbers is two fields in the form, `attr.year.from` and `attr.year.to`, and one parameter of the API.
"""

from dataclasses import dataclass, field
from typing import Any

from litestar.datastructures import MultiDict

from tradehall.contracts.stores import Store
from tradehall.web.client import Json
from tradehall.web.themes import theme_of
from tradehall.web.words import to_minor

SINGLE = ("category", "q", "seller", "min_price", "max_price", "in_stock", "sort", "cursor")
MANY = ("brand", "tag")
FEW_NUMBERS = 12  # a number with no more values than these is ticked, with more it is a range
SHOWN = 10  # values of a facet


@dataclass
class Filters:
    """What was asked for. `attributes`: "attr.<code>", or that with ".from" or ".to" -> what was chosen or typed."""

    store: Store
    single: dict[str, str] = field(default_factory=dict)
    many: dict[str, list[str]] = field(default_factory=dict)
    attributes: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, query: MultiDict[Any], store: Store) -> "Filters":
        filters = cls(store)
        for name in SINGLE:
            filters.single[name] = str(query.get(name, ""))[: 2000 if name == "cursor" else 200]
        for name in dict.fromkeys(query):
            values = [str(value)[:200] for value in query.getall(name) if value]
            if name in MANY:
                filters.many[name] = values
            elif name.startswith("attr.") and values:
                filters.attributes[name] = values
        return filters

    def __getitem__(self, name: str) -> str:
        return self.single[name]

    def chosen(self, name: str) -> list[str]:
        return self.many.get(name) or self.attributes.get(name) or []

    @property
    def count(self) -> int:
        """How many filters there are; a search is none."""
        named = ("category", "seller", "min_price", "max_price", "in_stock")
        return (
            sum(bool(self.single[name]) for name in named)
            + len([v for v in self.many.values() if v])
            + len({self.api_name(name) for name in self.attributes})
        )

    def api_name(self, name: str) -> str:
        return name.removesuffix(".from").removesuffix(".to") if name in self.attributes else name

    def wanted(self) -> Json:
        """The API's parameters; prices are typed in the currency's unit."""
        given: Json = {name: self.single[name] for name in ("category", "q", "seller")}
        for name in ("min_price", "max_price"):
            given[name] = to_minor(self.single[name], self.store.currency) if self.single[name] else None
        given["available"] = "true" if self.single["in_stock"] else None
        given |= {name: values for name, values in self.many.items() if values}
        for name, values in self.attributes.items():
            if name.endswith((".from", ".to")):
                code = self.api_name(name)
                low, high = (self.attributes.get(f"{code}.{end}", [""])[0].strip() for end in ("from", "to"))
                given[code] = [*self.attributes.get(code, []), f"{low}..{high}"] if low or high else None
            elif name not in given:
                given[name] = values
        return given

    def params(self) -> Json:
        """The address of this list, to be changed in one of its parts."""
        return {**self.single, **self.many, **self.attributes}


def shown_facets(facets: Json, filters: Filters) -> list[Json]:
    """In the order of the form. Each has a name, a title, and what can be ticked, or a range. What is chosen is always
    among it, with a count of 0 where nothing has it."""
    found = [_ticks("brand", theme_of(filters.store.look.theme).brand, facets["brands"], filters)]
    for facet in facets["attributes"]:
        name = f"attr.{facet['code']}"
        typed = any(filters.attributes.get(f"{name}.{end}") for end in ("from", "to"))
        ranged = facet["kind"] == "number" and (typed or len(facet["values"]) > FEW_NUMBERS)
        title = f"{facet['name']}, {facet['unit']}" if facet["unit"] else facet["name"]
        if ranged:
            found.append(_range(name, title, facet, filters))
        else:
            values = facet["values"]
            if facet["kind"] == "number":
                values = sorted(values, key=lambda value: float(value["value"]))
            if facet["kind"] == "boolean":
                values = [value | {"name": {"true": "Yes", "false": "No"}[value["value"]]} for value in values]
            found.append(_ticks(name, title, values, filters, most=FEW_NUMBERS))
    found.append(_ticks("tag", "Tag", facets["tags"], filters))
    return [facet for facet in found if facet["range"] or len(facet["values"]) > 1 or facet["chosen"]]


def _ticks(name: str, title: str, values: list[Json], filters: Filters, most: int = SHOWN) -> Json:
    chosen = filters.chosen(name)
    there = {value["value"] for value in values}
    shown = [value for place, value in enumerate(values) if place < most or value["value"] in chosen]
    shown += [{"value": value, "name": value, "count": 0} for value in chosen if value not in there]
    return {"name": name, "title": title, "range": None, "values": shown, "chosen": chosen}


def _range(name: str, title: str, facet: Json, filters: Filters) -> Json:
    ends = {end: filters.attributes.get(f"{name}.{end}", [""])[0] for end in ("from", "to")}
    chosen = filters.chosen(name)
    ticked = [{"value": value, "name": value, "count": 0} for value in chosen]
    return {"name": name, "title": title, "range": ends, "low": facet["low"], "high": facet["high"], "values": ticked,
            "chosen": chosen}  # fmt: skip
