"""A visitor of the platform's own pages: they belong to no store, so there is no cart, no department and no bell."""

from typing import Any

from litestar import Request
from litestar.di import NamedDependency

from tradehall.contracts.stores import Store
from tradehall.kernel.auth import Principal
from tradehall.kernel.errors import Unauthorized
from tradehall.kernel.runtime import Running
from tradehall.web.client import ApiProblem
from tradehall.web.forms import Filled
from tradehall.web.visit import Visit, problem_text

MINE = "operator"  # the cookie; a store's session at the same host is another matter


class PlatformVisit(Visit):
    """An operator is somebody of the platform; whoever else comes is nobody here, also who is logged in at a store."""

    session_cookie = MINE
    refreshing = "/api/v1/platform/refresh"

    async def load_cart(self) -> None:
        self.cart = None

    async def load_tree(self) -> None:
        self.tree = []

    async def load_unread(self) -> None:
        """An operator has no account at a store that could be told something."""
        self.unread = 0

    async def load_rule(self) -> None:
        """Nobody counts here."""
        self.rule = "off"

    def need_operator(self) -> Principal:
        """Raises Unauthorized, which a browser sees as the log-in page."""
        if self.principal is None or not self.principal.has("operator"):
            raise Unauthorized("This part is for the platform's operators.")
        return self.principal


async def platform_visit(
    request: Request[Any, Any, Any], store: NamedDependency[Store], running: NamedDependency[Running]
) -> PlatformVisit:
    found = PlatformVisit(request, store, running)
    await found.identify()
    request.scope["state"]["visit"] = found
    return found


def blamed(
    filled: Filled, problem: ApiProblem, names: dict[str, str], sentences: dict[str, str] | None = None
) -> Filled:
    """With what the API refused: at its field, or above the form."""
    filled.blame(problem.errors, names, sentences or {})
    if not problem.errors:
        filled.others.append(problem_text(problem))
    return filled
