"""The parts of the back office, and whom each is for."""

from typing import NamedTuple

from tradehall.kernel.auth import Principal

WAREHOUSE = frozenset({"warehouse_manager", "warehouse_staff"})
SUPPORT = frozenset({"support"})
SELLERS = frozenset({"seller"})
ADMINS = frozenset[str]()


class Section(NamedTuple):
    """Open to admins, and to who has one of `roles`. What a seller sees there is the own."""

    code: str
    name: str
    roles: frozenset[str]

    @property
    def path(self) -> str:
        return f"/admin/{self.code}"

    def open_to(self, principal: Principal) -> bool:
        return principal.is_admin or principal.has(*self.roles)


# In the order of the navigation; the first one that is open is where the back office begins.
SECTIONS = (
    Section("orders", "Orders", WAREHOUSE | SUPPORT | SELLERS),
    Section("payments", "Payments to review", SUPPORT),
    Section("products", "Products", SELLERS),
    Section("categories", "Categories", ADMINS),
    Section("brands", "Brands", ADMINS),
    Section("imports", "Imports", SELLERS),
    Section("stock", "Stock", WAREHOUSE | SELLERS),
    Section("sellers", "Sellers", ADMINS),
    Section("staff", "Staff", ADMINS),
    Section("keys", "API keys", SELLERS),
    Section("issuers", "Ways to log in", ADMINS),
    Section("settings", "Settings", ADMINS),
    Section("look", "Look", ADMINS),
    Section("home", "Home page", ADMINS),
    Section("domains", "Domains", ADMINS),
    Section("legal", "Legal texts", ADMINS),
    Section("plan", "Plan and bills", ADMINS),
    Section("audit", "Audit log", ADMINS),
)


def open_to(principal: Principal | None) -> list[Section]:
    return [section for section in SECTIONS if principal is not None and section.open_to(principal)]
