"""Routes of the catalog."""

from tradehall.services.catalog.api import categories, images, products, shop

routes = [*shop.routes, *categories.routes, *products.routes, *images.routes]
