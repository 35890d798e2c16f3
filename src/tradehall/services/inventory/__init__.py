"""Inventory: warehouses, stock per variant and warehouse, holds, backorders, counts; every change an append-only movement."""

from tradehall.kernel.service import Service
from tradehall.services.inventory import api, subscribers, tasks

service = Service("inventory", routes=api.routes, modules=[subscribers, tasks], goods=["variants", "levels"])
