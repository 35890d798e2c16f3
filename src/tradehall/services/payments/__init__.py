"""Payments: one port, many methods; charged at most once, never without an order."""

from tradehall.kernel.service import Service
from tradehall.services.payments import subscribers, tasks
from tradehall.services.payments.api import routes

service = Service("payments", routes=routes, modules=[subscribers, tasks])
