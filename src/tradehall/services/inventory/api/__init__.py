"""Routes of the inventory service."""

from tradehall.services.inventory.api import articles, backorders, counts, movements, stock, warehouses

routes = [
    *warehouses.routes,
    *articles.routes,
    *stock.routes,
    *movements.routes,
    *counts.routes,
    *backorders.routes,
]
