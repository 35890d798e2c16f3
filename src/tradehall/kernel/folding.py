"""Texts as they are compared."""

import re
import unicodedata

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# Accents, soft hyphens and the like, surrogates, what Unicode has not assigned.
_PASSED_OVER = frozenset({"Mn", "Me", "Cf", "Cs", "Co", "Cn"})


def fold(text: str) -> str:
    """For comparing: no accents, no capitals; control characters are spaces."""
    if not text.isascii():
        plain = unicodedata.normalize("NFKD", text.casefold())
        text = "".join(c for c in plain if unicodedata.category(c) not in _PASSED_OVER)
    return _CONTROL.sub(" ", text).lower()
