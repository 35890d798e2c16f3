"""Routes of the reviews service."""

from tradehall.services.reviews.api import comments, moderating, pictures, reading, writing

routes = [*reading.routes, *writing.routes, *pictures.routes, *comments.routes, *moderating.routes]
