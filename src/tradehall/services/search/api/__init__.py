"""Routes of search."""

from tradehall.services.search.api import find

routes = [*find.routes]
