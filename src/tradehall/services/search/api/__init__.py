"""Routes of search."""

from tradehall.services.search.api import choices, explaining, find

routes = [*find.routes, *choices.routes, *explaining.routes]
