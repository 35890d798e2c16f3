"""Analytics: what is looked at, what is sold and what it earned; clicks as they come, sales as orders tell of them."""

from tradehall.kernel.service import Service
from tradehall.services.analytics import intake, subscribers, tasks
from tradehall.services.analytics.api import routes

service = Service(
    "analytics",
    routes=routes,
    modules=[subscribers, tasks],
    start=intake.start,
    stop=intake.stop,
    goods=["products", "variants"],
)
