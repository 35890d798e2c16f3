"""Conditions, with whom of the stock's people they are for."""

from tradehall.kernel import where
from tradehall.services.inventory.model import Reach


class Where(where.Where):
    def within(self, reach: Reach, *, seller: str, warehouse: str) -> None:
        """`seller` and `warehouse` are the columns with their ids."""
        if not reach.whole:
            self.add(f"({seller} = {{}} OR {warehouse} = ANY({{}}))", reach.seller_id, list(reach.warehouses))
