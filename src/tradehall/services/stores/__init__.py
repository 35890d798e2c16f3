"""Stores: who they are, where they are found, how they look, how they sell."""

from tradehall.kernel.service import Service
from tradehall.services.stores import api

service = Service("stores", routes=api.routes, modules=[api])
