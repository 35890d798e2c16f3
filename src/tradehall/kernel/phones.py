"""Telephone numbers as people type them, and as they are kept: E.164."""

from typing import Annotated

import phonenumbers
from msgspec import Meta

from tradehall.kernel.errors import Invalid

InternationalPhone = Annotated[
    str,
    Meta(
        min_length=6,
        max_length=32,
        pattern=r"^\s*\+[0-9 ().\-/]+$",
        description="a telephone number with + and country",
    ),
]


def normal_phone(raw: str) -> str:
    """ "+49 40 123456" -> "+4940123456". Raises Invalid for a number that no country gives out."""
    try:
        number = phonenumbers.parse(raw, None)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        raise Invalid.field("phone", "must be a telephone number, with + and the country in front")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
