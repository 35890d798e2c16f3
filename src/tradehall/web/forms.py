"""Forms: what was typed, kept; what was wrong, at its field and in a summary."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from litestar.datastructures import FormMultiDict

from tradehall.kernel.errors import FieldError

LONGEST = 2000  # characters kept of one field; the API names the real limit


def text(form: FormMultiDict, name: str, *, longest: int = LONGEST) -> str:
    """A typed field, trimmed; "" for a missing one or a file."""
    value = form.get(name, "")
    return value.strip()[:longest] if isinstance(value, str) else ""


def digits(form: FormMultiDict, name: str) -> str:
    """A code as people type or paste it, without the spaces."""
    return "".join(text(form, name).split())


def number(form: FormMultiDict, name: str) -> int | str:
    """A typed number; what is none stays as it is, for the API to refuse."""
    typed = text(form, name)
    return int(typed) if typed.isdecimal() and len(typed) < 16 else typed


@dataclass
class Filled:
    """`values` as typed. `errors`: field -> sentence; fields the page does not have end up in `others`."""

    values: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")

    @property
    def wrong(self) -> bool:
        return bool(self.errors or self.others)

    def blame(self, errors: Sequence[FieldError], names: dict[str, str], sentence: dict[str, str]) -> None:
        """Puts API errors at the fields that `names` (API path -> field) says; `sentence` words some of them."""
        for error in errors:
            name = names.get(error.field)
            said = sentence.get(name or "", "") or _sentence(error.rule)
            if name is None:
                self.others.append(f"{error.field}: {error.rule}")
            else:
                self.errors.setdefault(name, said)


def _sentence(rule: str) -> str:
    rule = rule.strip().rstrip(".")
    if rule.startswith(("is ", "must ", "has ", "may ", "cannot ")):
        return f"This {rule}."
    return f"{rule[:1].upper()}{rule[1:]}." if rule else "This is not right."
