"""What the demo tells whoever started it."""

import msgspec

from tradehall.demo import DEMO_PASSWORD


class StoreLogins(msgspec.Struct, frozen=True, kw_only=True):
    """E-mail addresses; no `shopper` where a store sells to guests only."""

    slug: str
    name: str
    host: str
    admin: str
    seller: str
    shopper: str = ""


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """`seconds` it took to load, 0 where all was there already."""

    operator: str
    stores: list[StoreLogins]
    seconds: float = 0


def start_screen(summary: Summary, port: int) -> str:
    """Everything to click on and to sign in with, aligned."""
    rows = [("", "shopper", "seller", "admin")]
    rows += [(f"http://{s.host}:{port}", s.shopper or "(guests only)", s.seller, s.admin) for s in summary.stores]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    table = [
        "  " + "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    first = summary.stores[0].host
    places = [
        ("a store of yours", f"http://www.localhost:{port}/start"),
        ("mailbox", f"http://{first}:{port}/mailbox"),
        ("API", f"http://{first}:{port}/api/docs"),
        ("operator", summary.operator),
        ("password", f"{DEMO_PASSWORD}, for everybody"),
    ]
    return "\n".join(["", *table, "", *(f"  {name:<{widths[0]}}  {text}" for name, text in places), ""])
