"""Forms: what was typed, kept; what was wrong, at its field and in a summary."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from litestar.datastructures import FormMultiDict

from tradehall.kernel.errors import FieldError, Refusal

LONGEST = 2000  # characters kept of one field; the API names the real limit


def text(form: FormMultiDict, name: str, *, longest: int = LONGEST) -> str:
    """A typed field, trimmed; "" for a missing one or a file."""
    value = form.get(name, "")
    return value.strip()[:longest] if isinstance(value, str) else ""


def ticked(form: FormMultiDict, name: str) -> str:
    """The values of the ticked boxes of this name, a space between them."""
    return " ".join(value for value in form.getall(name, []) if isinstance(value, str))


def code(form: FormMultiDict, name: str) -> str:
    """A code of an authenticator or a recovery code, as people type or copy it."""
    return digits(form, name).lower()


def digits(form: FormMultiDict, name: str) -> str:
    """A code as people type or paste it, without the spaces."""
    return "".join(text(form, name).split())


def number(form: FormMultiDict, name: str) -> int | str:
    """A typed number; what is none stays as it is, for the API to refuse."""
    typed = text(form, name)
    return int(typed) if typed.removeprefix("-").isdecimal() and len(typed) < 16 else typed


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

    def blame(self, errors: Sequence[FieldError], names: dict[str, str], sentences: dict[str, str]) -> None:
        """Puts API errors at the fields that `names` (API path -> field) says; `sentences` word some of them."""
        for error in errors:
            name = names.get(error.field)
            said = sentences.get(name or "", "") or sentence(error.rule)
            if name is None:
                self.others.append(f"{error.field}: {plain(error.rule)}")
            else:
                self.errors.setdefault(name, said)


def refusal(problem: Refusal) -> str:
    """What the API refused, in a sentence or a few; for pages that show it above their forms."""
    rules = " ".join(f"{error.field.replace('_', ' ')} {plain(error.rule)}." for error in problem.errors)
    named = problem.extra.get("lines")
    skus = f" {', '.join(str(sku) for sku in named)}" if isinstance(named, list) and named else ""
    return (rules[:1].upper() + rules[1:]) if rules else problem.detail + skus


_NUMBER = re.compile(r"must be (int|float)(?: (>=|<=) (\S+))?(?:, got \w+)?")


def plain(rule: str) -> str:
    """What the API says of types, in the words of who typed: a whole number, not an int."""
    if found := _NUMBER.fullmatch(rule):
        kind, side, bound = found.groups()
        least = {">=": f" of at least {bound}", "<=": f" of at most {bound}"}.get(side, "")
        return f"must be a {'whole ' if kind == 'int' else ''}number{least}"
    return "is not written as it has to be" if "matching regex" in rule else rule


def sentence(rule: str) -> str:
    rule = plain(rule.strip().rstrip("."))
    if rule.startswith(("is ", "must ", "has ", "may ", "cannot ")):
        return f"This {rule}."
    return f"{rule[:1].upper()}{rule[1:]}." if rule else "This is not right."
