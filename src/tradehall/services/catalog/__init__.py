"""Catalog: products with their variants and pictures, categories with their attributes, brands, and what is available."""

from tradehall.kernel.service import Service
from tradehall.services.catalog import subscribers, tasks
from tradehall.services.catalog.api import routes

service = Service(
    "catalog",
    routes=routes,
    modules=[subscribers, tasks],
    goods=["products", "variants", "attribute_values", "product_tags", "branches"],
)
