from typing import Any

import pytest
from litestar import Request

from tradehall.kernel.origin import address_of


@pytest.mark.parametrize(
    ("direct", "told", "found"),
    [
        ("9.9.9.9", "", "9.9.9.9"),
        ("9.9.9.9", "1.1.1.1", "9.9.9.9"),  # said by whoever calls
        ("127.0.0.1", "9.9.9.9", "9.9.9.9"),
        ("127.0.0.1", "1.1.1.1, 9.9.9.9", "9.9.9.9"),
        ("10.0.0.7", "1.1.1.1, 9.9.9.9, 10.0.0.3", "9.9.9.9"),
        ("10.0.0.7", "192.168.1.2, 10.0.0.3", "192.168.1.2"),
        ("::1", "2606:4700::1", "2606:4700::1"),
        ("127.0.0.1", "nonsense", "127.0.0.1"),
        ("127.0.0.1", "9.9.9.9, nonsense", "127.0.0.1"),
        ("a socket", "9.9.9.9", "a socket"),
        ("a\nsocket", "", ""),
    ],
)
def test_the_first_address_that_is_not_ours_is_the_callers(direct: str, told: str, found: str) -> None:
    scope: Any = {"type": "http", "client": (direct, 1), "headers": [(b"x-forwarded-for", told.encode())]}
    assert address_of(Request(scope)) == found
