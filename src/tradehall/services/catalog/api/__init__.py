"""Routes of the catalog."""

from tradehall.services.catalog.api import categories, images, products, shop, usage

routes = [*shop.routes, *categories.routes, *products.routes, *images.routes, *usage.routes]
