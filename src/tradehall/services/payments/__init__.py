"""Payments: one port, many methods; charged at most once, never without an order."""

from tradehall.kernel.service import Service
from tradehall.services.payments import api, subscribers, tasks

service = Service("payments", routes=api.routes, modules=[api, subscribers, tasks])
