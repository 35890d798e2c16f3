"""Routes of the catalog."""

from tradehall.services.catalog.api import categories, exports, images, imports, mappings, products, shop

routes = [
    *shop.routes,
    *categories.routes,
    *products.routes,
    *images.routes,
    *imports.routes,
    *mappings.routes,
    *exports.routes,
]
