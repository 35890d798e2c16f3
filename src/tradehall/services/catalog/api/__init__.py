"""Routes of the catalog."""

from tradehall.services.catalog.api import (
    attributes,
    brands,
    categories,
    images,
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
    *usage.routes,
]
