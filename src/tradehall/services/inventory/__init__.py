"""Inventory: warehouses, stock per variant and warehouse, holds; every change an append-only movement."""

from tradehall.kernel.service import Service
from tradehall.services.inventory import api, subscribers

service = Service("inventory", routes=api.routes, modules=[api, subscribers])
