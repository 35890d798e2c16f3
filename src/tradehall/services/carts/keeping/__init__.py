"""Where carts are kept: a small port, and whichever of its adapters the settings name."""

from functools import lru_cache

from tradehall.kernel.settings import Settings
from tradehall.services.carts.keeping.port import Change, How, Keeping
from tradehall.services.carts.keeping.postgres import InPostgres

__all__ = ["Change", "How", "Keeping", "keeping_for"]


@lru_cache(maxsize=8)
def keeping_for(settings: Settings) -> Keeping:
    """One for each process: carts in PostgreSQL, or in the Redis that `carts_url` names."""
    if not settings.carts_url:
        return InPostgres()
    from tradehall.services.carts.keeping.redis import InRedis  # a client that most installations have no use for

    return InRedis(settings.carts_url)
