"""Where carts are kept: a small port, and whichever of its adapters the settings name."""

from functools import lru_cache

from tradehall.kernel.settings import Settings
from tradehall.services.carts.keeping.port import Change, How, Keeping
from tradehall.services.carts.keeping.postgres import InPostgres
from tradehall.services.carts.keeping.redis import InRedis

__all__ = ["Change", "How", "Keeping", "keeping_for"]


@lru_cache(maxsize=8)
def keeping_for(settings: Settings) -> Keeping:
    """One for each process: carts in PostgreSQL, or in the Redis that `carts_url` names."""
    return InRedis(settings.carts_url) if settings.carts_url else InPostgres()
