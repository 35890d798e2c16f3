"""Reviews: what verified buyers say of what they bought, what sellers reply, and what it adds up to."""

from tradehall.kernel.service import Service
from tradehall.services.reviews import subscribers, tasks
from tradehall.services.reviews.api import routes

service = Service("reviews", routes=routes, modules=[subscribers, tasks])
