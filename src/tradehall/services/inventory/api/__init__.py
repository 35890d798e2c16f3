"""Routes of the inventory service."""

from tradehall.services.inventory.api import backorders, counts, movements, stock, warehouses

routes = [*warehouses.routes, *stock.routes, *movements.routes, *counts.routes, *backorders.routes]
