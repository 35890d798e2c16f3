"""Access rules. Every route names one in its `access` option; a route without one fails at start.

An API key needs a scope besides: `<service>:read` or `<service>:write`, which includes reading; also where the rule is `ANYONE`.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from tradehall.kernel.auth import STAFF, Principal
from tradehall.kernel.context import Act, acting
from tradehall.kernel.errors import Forbidden, Unauthorized


@dataclass(frozen=True)
class Access:
    """`roles` empty: whoever is signed in, or, where `public`, anyone."""

    name: str
    public: bool = False
    internal: bool = False
    roles: frozenset[str] = frozenset()

    def check(self, principal: Principal | None, *, internal: bool) -> None:
        """Raises Unauthorized or Forbidden."""
        if self.internal:
            if not internal:
                raise Forbidden("This route is for the platform's own services.")
        elif not self.public:
            if principal is None:
                raise Unauthorized()
            if self.roles and not principal.has(*self.roles):
                raise Forbidden(f"This needs the role {' or '.join(sorted(self.roles))}.")


ANYONE = Access("anyone", public=True)
SIGNED_IN = Access("signed in")
SELLER = Access("seller or admin", roles=frozenset({"seller", "store_admin", "operator"}))
FULFILMENT = Access(
    "seller, warehouse or admin",
    roles=frozenset({"seller", "warehouse_staff", "warehouse_manager", "store_admin", "operator"}),
)
WAREHOUSE = Access("warehouse manager or admin", roles=frozenset({"warehouse_manager", "store_admin", "operator"}))
SUPPORT = Access("support or admin", roles=frozenset({"support", "store_admin", "operator"}))
FULFILMENT_OR_SUPPORT = Access("seller or staff", roles=FULFILMENT.roles | SUPPORT.roles)
SELLER_OR_SUPPORT = Access("seller, support or admin", roles=SELLER.roles | SUPPORT.roles)
STORE_STAFF = Access("staff", roles=STAFF)
STORE_ADMIN = Access("store admin", roles=frozenset({"store_admin", "operator"}))
OPERATOR = Access("operator", roles=frozenset({"operator"}))
PEERS = Access("the platform's services", internal=True)


READING = frozenset({"GET", "HEAD", "OPTIONS"})


async def guard(connection: ASGIConnection, handler: BaseRouteHandler) -> None:  # type: ignore[type-arg]
    """Async, since Litestar would send a plain function through a thread at every request."""
    rule: Access = handler.opt.get("access", ANYONE)  # only the framework's own handlers have none
    state = connection.scope["state"]
    principal: Principal | None = state.get("principal")
    rule.check(principal, internal=bool(state.get("internal")))
    if principal is None:
        return
    reading = connection.scope.get("method") in READING
    if principal.scopes is not None:
        _check_scope(principal.scopes, handler.opt.get("service", "platform"), reading=reading)
    if not reading and (principal.is_staff or principal.has("seller") or principal.scopes is not None):
        store = state.get("store")
        acting.set(
            Act(
                actor=principal.user_id,
                roles=sorted(principal.roles),
                session_id=principal.session_id,
                by_key=principal.scopes is not None,
                store_id=store.id if store else None,
                action=handler.handler_name,
                target={name: str(value)[:200] for name, value in connection.path_params.items()},
            )
        )


def _check_scope(scopes: frozenset[str], service: str, *, reading: bool) -> None:
    """Raises Forbidden."""
    enough = {f"{service}:write", f"{service}:read"} if reading else {f"{service}:write"}
    if scopes.isdisjoint(enough):
        raise Forbidden(f"This API key has not the scope {service}:{'read' if reading else 'write'}.")


def require_rules(app: Litestar) -> None:
    """Raises ValueError naming every route that has no access rule."""
    bare = sorted(
        f"{handler.handler_name} {sorted(handler.paths)}"
        for handler in handlers(app)
        if "access" not in handler.opt and not handler.fn.__module__.startswith("litestar.")
    )
    if bare:
        raise ValueError("routes without an access rule: " + "; ".join(bare))


def handlers(app: Litestar) -> Iterable[BaseRouteHandler]:
    for route in app.routes:
        yield from getattr(route, "route_handlers", None) or [route.route_handler]  # type: ignore[union-attr]
