"""A store's own words: templates that others write. They say what is documented, and can do nothing else.

Whoever may edit them could otherwise read what is not theirs, or keep the process busy: so no calls, no assignments, no loops in
loops, few filters, and only the variables of the list. What is left grows with the source and the facts, both of which are bounded.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from traceback import extract_tb
from typing import Any, NamedTuple

from jinja2 import TemplateError, TemplateSyntaxError, UndefinedError, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tradehall.services.notifications.languages import loader_of, prepared

FILTERS = frozenset(
    {
        "money",
        "clock",
        "moment",
        "upper",
        "lower",
        "capitalize",
        "title",
        "trim",
        "join",
        "length",
        "default",
        "escape",
        "e",
    }
)
TESTS = frozenset({"defined", "none", "odd", "even", "eq", "ne", "lt", "gt", "le", "ge", "in"})
PARTS = frozenset({"base.html", "code.html", "lines.html", "lines.txt", "stop.txt"})
LONGEST = 200_000  # characters of what is made
_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.For, nodes.Block, nodes.Extends, nodes.Include,
    nodes.Name, nodes.Getattr, nodes.Getitem, nodes.Const, nodes.Filter, nodes.Test, nodes.Compare, nodes.Operand,
    nodes.And, nodes.Or, nodes.Not, nodes.Concat, nodes.CondExpr, nodes.Keyword, nodes.Neg, nodes.Pos,
)  # fmt: skip


class Wrong(NamedTuple):
    """`line` counts from 1; `what` is the variable, filter or tag that cannot stand there, or ""."""

    line: int
    what: str
    rule: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.what + ' ' if self.what else ''}{self.rule}"


class Refused(Exception):
    def __init__(self, wrong: Sequence[Wrong]) -> None:
        super().__init__("; ".join(map(str, wrong)))
        self.wrong = list(wrong)


class _Environment(ImmutableSandboxedEnvironment):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.globals.clear()
        self.filters = {name: self.filters[name] for name in FILTERS if name in self.filters}
        self.filters["join"] = _join


def _join(values: Sequence[object], between: str = "") -> str:
    joined = str(between)[:100].join(str(value) for value in list(values)[:1000])
    return joined[:LONGEST]


@lru_cache(8)
def _environment(language: str) -> Any:
    made = prepared(_Environment, loader_of(language), language)
    made.autoescape = False
    return made


@lru_cache(8)
def _html_environment(language: str) -> Any:
    made = prepared(_Environment, loader_of(language), language)
    made.autoescape = True
    return made


def check(source: str, known: Mapping[str, Sequence[str] | None]) -> list[Wrong]:
    """What is wrong with it. `known`: variable -> the names below it, None where it has none."""
    try:
        tree = _environment("en").parse(source)
    except TemplateSyntaxError as error:
        return [Wrong(error.lineno, "", f"cannot be read: {error.message}")]
    except RecursionError:
        return [Wrong(1, "", "cannot be read: too deep")]
    return sorted(set(_problems(tree, known)))


def _problems(tree: nodes.Template, known: Mapping[str, Sequence[str] | None]) -> Iterator[Wrong]:
    loops = list(tree.find_all(nodes.For))
    own = {"loop", *(name.name for loop in loops for name in loop.target.find_all(nodes.Name))}
    own |= {loop.target.name for loop in loops if isinstance(loop.target, nodes.Name)}
    for node in _all(tree):
        if not isinstance(node, _ALLOWED):
            yield Wrong(node.lineno or 1, _called(node), "is not possible here")
        elif isinstance(node, nodes.Filter) and node.name not in FILTERS:
            yield Wrong(node.lineno, node.name, f"is no filter here; there are {', '.join(sorted(FILTERS))}")
        elif isinstance(node, nodes.Test) and node.name not in TESTS:
            yield Wrong(node.lineno, node.name, "is no test here")
        elif isinstance(node, nodes.Extends | nodes.Include):
            part = node.template
            if not isinstance(part, nodes.Const) or part.value not in PARTS:
                yield Wrong(node.lineno, "extends or include", f"takes one of {', '.join(sorted(PARTS))}")
        elif isinstance(node, nodes.Name) and node.ctx == "load" and node.name not in known and node.name not in own:
            yield Wrong(node.lineno, node.name, f"is no variable here; there are {', '.join(sorted(known))}")
        elif isinstance(node, nodes.Getattr | nodes.Getitem):
            yield from _below(node, known)
    for loop in loops:
        if loop.recursive or any(True for _ in loop.find_all(nodes.For)):
            yield Wrong(loop.lineno, "for", "cannot stand in another for")


def _below(node: nodes.Getattr | nodes.Getitem, known: Mapping[str, Sequence[str] | None]) -> Iterator[Wrong]:
    name = node.attr if isinstance(node, nodes.Getattr) else getattr(node.arg, "value", "")
    if isinstance(name, str) and name.startswith("_"):
        yield Wrong(node.lineno, name, "is not possible here")
    if isinstance(node.node, nodes.Name) and (names := known.get(node.node.name)) is not None and name not in names:
        there = f"it has {', '.join(sorted(names))}" if names else "it has none in this template"
        yield Wrong(node.lineno, f"{node.node.name}.{name}", f"is no variable here; {there}")


def _all(node: nodes.Node) -> Iterator[nodes.Node]:
    yield node
    for child in node.iter_child_nodes():
        yield from _all(child)


def _called(node: nodes.Node) -> str:
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name):
        return f"{node.node.name}()"
    return {nodes.Assign: "set", nodes.AssignBlock: "set", nodes.Macro: "macro", nodes.Call: "a call"}.get(
        type(node), type(node).__name__.lower()
    )


@lru_cache(256)
def _compiled(language: str, html: bool, source: str) -> Any:
    return (_html_environment if html else _environment)(language).from_string(source)


def render(source: str, language: str, facts: Mapping[str, Any], *, html: bool) -> str:
    """Raises Refused with the line."""
    try:
        made = "".join(_limited(_compiled(language, html, source).generate(facts)))
    except (TemplateError, SecurityError, TypeError, ValueError, ArithmeticError, RecursionError) as error:
        raise Refused([_located(error)]) from None
    return made


def _limited(pieces: Iterator[str]) -> Iterator[str]:
    length = 0
    for piece in pieces:
        length += len(piece)
        if length > LONGEST:
            raise ValueError("it becomes too long")
        yield piece


def _located(error: Exception) -> Wrong:
    """Jinja puts the template's own lines into the traceback."""
    if isinstance(error, TemplateSyntaxError):
        return Wrong(error.lineno, "", f"cannot be read: {error.message}")
    lines = [frame.lineno or 1 for frame in extract_tb(error.__traceback__) if frame.filename == "<template>"]
    rule = f"is not there: {error}" if isinstance(error, UndefinedError) else f"cannot be filled in: {error}"
    return Wrong(lines[-1] if lines else 1, "", rule)
