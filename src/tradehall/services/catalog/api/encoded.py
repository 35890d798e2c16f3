"""The variants of a product that has many, kept as they are sent.

To read, shape and encode 500 of them takes longer than all else of an answer. But for what is in stock they are those of one
version of the product: whoever asks next reads its row and what is in stock.
"""

from collections import OrderedDict
from typing import Any, cast
from uuid import UUID

import msgspec

from tradehall.services.catalog.api.shapes import Choice, ProductVariant
from tradehall.services.catalog.queries.kept import MANY, Edition
from tradehall.services.catalog.queries.shop import ProductRow
from tradehall.services.catalog.queries.variants import Stock

KEPT = 32  # products, in a process

_encode = msgspec.json.Encoder().encode
_IN_STOCK = b'%b%d,"backorder":%b}'  # the last two fields of a ProductVariant
_SAID = {False: b"false", True: b"true"}


class Encoded:
    """Of one version of a product."""

    def __init__(self, product: ProductRow, choice: Choice) -> None:
        self._edition = _edition(product)
        self._options = choice.options
        self._heads = [_encode(one).removesuffix(_tail(one)) for one in choice.variants]
        self._stock: Stock | None = None
        self._variants = msgspec.Raw()

    def is_of(self, product: ProductRow) -> bool:
        return self._edition == _edition(product)

    def choice(self, stock: Stock) -> Choice:
        """Its variants are JSON already."""
        if stock != self._stock:
            each = zip(self._heads, stock.available, stock.backorder, strict=True)
            whole = b",".join(_IN_STOCK % (head, available, _SAID[more]) for head, available, more in each)
            self._stock, self._variants = stock, msgspec.Raw(b"[%b]" % whole)
        return Choice(cast(Any, self._variants), self._options)


class EncodedVariants:
    """By store and slug, of the products asked for last."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[UUID, str], Encoded] = OrderedDict()

    def get(self, key: tuple[UUID, str]) -> Encoded | None:
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def keep(self, key: tuple[UUID, str], product: ProductRow, choice: Choice) -> None:
        """Where there are many variants."""
        self._kept.pop(key, None)
        if len(choice.variants) >= MANY:
            self._kept[key] = Encoded(product, choice)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)


def _edition(product: ProductRow) -> Edition:
    return Edition(product.id, product.version, product.updated_at)


def _tail(variant: ProductVariant) -> bytes:
    return _IN_STOCK % (b"", variant.available, _SAID[variant.backorder])
