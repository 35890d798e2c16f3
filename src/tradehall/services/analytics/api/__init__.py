"""Routes of the analytics service."""

from tradehall.services.analytics.api import clicks, costs, dashboard, sales

routes = [*clicks.routes, *sales.routes, *costs.routes, *dashboard.routes]
