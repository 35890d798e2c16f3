"""Catalog: products with their variants and pictures, categories, and what of it is available."""

from tradehall.kernel.service import Service
from tradehall.services.catalog import subscribers, tasks
from tradehall.services.catalog.api import routes

service = Service("catalog", routes=routes, modules=[subscribers, tasks])
