"""E-mail addresses as people type them, and as they are kept."""

import re
import unicodedata
from typing import Annotated

from msgspec import Meta

from tradehall.kernel.errors import Invalid

Email = Annotated[
    str,
    Meta(min_length=3, max_length=254, pattern=r"^\s*[^@\s]+@[^@\s]+\.[^@\s]+\s*$", description="an e-mail address"),
]

_LABEL = r"[^\W_](?:(?:[^\W_]|-){0,61}[^\W_])?"
# What may stand in a mail's header as it is: no quotes, comments, lists, encoded words.
_EMAIL = re.compile(rf"""(?!.*=\?)[^\s@,;:<>()\[\]\\"]{{1,64}}@(?:{_LABEL}\.)+{_LABEL}""")


def normal_email(raw: str) -> str:
    """The form in which an address is kept and compared. Raises Invalid."""
    email = unicodedata.normalize("NFKC", raw).strip().lower()
    if len(email) > 254 or not email.isprintable() or not _EMAIL.fullmatch(email):
        raise Invalid.field("email", "must be an e-mail address")
    return email
