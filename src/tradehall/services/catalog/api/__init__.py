"""Routes of the catalog."""

from tradehall.services.catalog.api import (
    attributes,
    brands,
    categories,
    exports,
    images,
    imports,
    mappings,
    products,
    related,
    shop,
    usage,
    variants,
)

routes = [
    *shop.routes,
    *categories.routes,
    *attributes.routes,
    *brands.routes,
    *products.routes,
    *variants.routes,
    *related.routes,
    *images.routes,
    *imports.routes,
    *mappings.routes,
    *exports.routes,
    *usage.routes,
]
