"""Search: fed by events alone, by words and by meaning, rebuilt while it answers."""

from tradehall.kernel.service import Service
from tradehall.services.search import subscribers
from tradehall.services.search.api import routes

service = Service("search", routes=routes, modules=[subscribers], extensions=["vector"])
