"""The parts of the back office, and whom each is for."""

from typing import NamedTuple

from tradehall.kernel.auth import Principal

WAREHOUSE = frozenset({"warehouse_manager", "warehouse_staff"})
SUPPORT = frozenset({"support"})
SELLERS = frozenset({"seller"})
ADMINS = frozenset[str]()


class Section(NamedTuple):
    """Open to admins, and to who has one of `roles`. What a seller sees there is the own. A `group` stands together in the navigation."""

    code: str
    name: str
    roles: frozenset[str]
    group: str

    @property
    def path(self) -> str:
        return f"/admin/{self.code}"

    def open_to(self, principal: Principal) -> bool:
        return principal.is_admin or principal.has(*self.roles)


# In the order of the navigation; the first one that is open is where the back office begins.
SECTIONS = (
    Section("dashboard", "Dashboard", SELLERS, "selling"),
    Section("orders", "Orders", WAREHOUSE | SUPPORT | SELLERS, "selling"),
    Section("returns", "Returns", SUPPORT | SELLERS, "selling"),
    Section("payments", "Payments", SUPPORT, "selling"),
    Section("accounts", "Payment accounts", ADMINS, "selling"),
    Section("shipping", "Shipping", ADMINS, "selling"),
    Section("reviews", "Reviews", SUPPORT | SELLERS, "selling"),
    Section("reports/sales", "Sales report", SELLERS, "selling"),
    Section("products", "Products", SELLERS, "goods"),
    Section("categories", "Categories", ADMINS, "goods"),
    Section("brands", "Brands", ADMINS, "goods"),
    Section("search", "Search", ADMINS, "goods"),
    Section("imports", "Imports", SELLERS, "goods"),
    Section("costs", "Costs", SELLERS, "goods"),
    Section("stock", "Stock", WAREHOUSE | SELLERS, "goods"),
    Section("sellers", "Sellers", ADMINS, "people"),
    Section("staff", "Staff", ADMINS, "people"),
    Section("keys", "API keys", SELLERS, "people"),
    Section("issuers", "Ways to log in", ADMINS, "people"),
    Section("notifications", "Messages", SUPPORT, "store"),
    Section("settings", "Settings", ADMINS, "store"),
    Section("look", "Look", ADMINS, "store"),
    Section("home", "Home page", ADMINS, "store"),
    Section("domains", "Domains", ADMINS, "store"),
    Section("legal", "Legal texts", ADMINS, "store"),
    Section("plan", "Plan and bills", ADMINS, "store"),
    Section("audit", "Audit log", ADMINS, "store"),
)


def open_to(principal: Principal | None) -> list[Section]:
    return [section for section in SECTIONS if principal is not None and section.open_to(principal)]
