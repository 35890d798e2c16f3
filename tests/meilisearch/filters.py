"""Filter expressions."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from tests.meilisearch.values import equal_to, is_number, refusal, values_of
from tests.providers.loopback import ApiError

TOKEN = re.compile(
    r"""\s*(?:(?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<sign>>=|<=|!=|[=<>()\[\],])|(?P<word>[\w.\-]+))""",
    re.S,
)


KEYWORDS = {"AND", "OR", "NOT", "IN", "TO", "EXISTS", "IS", "NULL", "EMPTY", "CONTAINS", "STARTS", "WITH"}


Test = Callable[[dict[str, Any]], bool]


class Filter:
    """An expression: OR of AND of conditions, NOT, parentheses."""

    def __init__(self, text: str, filterable: Sequence[str]) -> None:
        self._text, self._filterable = text, filterable
        self._tokens: list[tuple[str, str]] = []
        at = 0
        while text[at:].strip():
            match = TOKEN.match(text, at)
            if match is None:
                raise self._wrong(f"Was expecting a value but instead got `{text[at:].strip()}`.")
            kind = match.lastgroup or ""
            value = match[kind]
            if kind == "quoted":
                value = re.sub(r"\\(.)", r"\1", value[1:-1])
            self._tokens.append((kind, value))
            at = match.end()
        self.test = self._either()
        if self._tokens:
            raise self._wrong(f"Found unexpected characters at the end of the filter: `{self._tokens[0][1]}`.")

    def _wrong(self, message: str) -> ApiError:
        return refusal(400, "invalid_search_filter", f"{message}\n1:{1 + len(self._text)} {self._text}")

    def _next(self, *wanted: str) -> bool:
        if self._tokens and self._tokens[0][0] != "quoted" and self._tokens[0][1] in wanted:
            self._tokens.pop(0)
            return True
        return False

    def _need(self, sign: str) -> None:
        if not self._next(sign):
            raise self._wrong(f"Expression `{self._text}` is missing the following closing delimiter: `{sign}`.")

    def _value(self) -> str:
        if not self._tokens or self._tokens[0][0] == "sign":
            raise self._wrong("Was expecting a value but instead got nothing.")
        kind, value = self._tokens.pop(0)
        if kind == "word" and value in KEYWORDS:
            raise self._wrong(f"Was expecting a value but instead got `{value}`, which is a reserved keyword.")
        return value

    def _either(self) -> Test:
        tests = [self._both()]
        while self._next("OR"):
            tests.append(self._both())
        return lambda document: any(test(document) for test in tests)

    def _both(self) -> Test:
        tests = [self._not()]
        while self._next("AND"):
            tests.append(self._not())
        return lambda document: all(test(document) for test in tests)

    def _not(self) -> Test:
        if self._next("NOT"):
            test = self._not()
            return lambda document: not test(document)
        if self._next("("):
            test = self._either()
            self._need(")")
            return test
        return self._condition()

    def _condition(self) -> Test:
        name = self._value()
        if name not in self._filterable:
            known = ", ".join(f"`{one}`" for one in sorted(self._filterable))
            raise self._wrong(f"Attribute `{name}` is not filterable. Available filterable attributes are: {known}.")
        negative = self._next("NOT")
        if self._next("IN"):
            values = []
            self._need("[")
            while not self._next("]"):
                values.append(self._value())
                self._next(",")
            wanted = {value.lower() for value in values}
            return lambda document: bool(equal_to(document, name) & wanted) != negative
        if self._next("EXISTS"):
            return lambda document: bool(values_of(document, name)) != negative
        if not self._tokens or negative:
            raise self._wrong(
                "Was expecting an operation `=`, `!=`, `>=`, `>`, `<=`, `<`, `IN`, `NOT IN`, `TO`, `EXISTS`."
            )
        _, sign = self._tokens.pop(0)
        value = self._value()
        if sign in ("=", "!="):
            return lambda document: (value.lower() in equal_to(document, name)) == (sign == "=")
        try:
            number = float(value)
        except ValueError:
            raise self._wrong(f"Cannot parse `{value}` as a number.") from None
        compare: dict[str, Callable[[float], bool]] = {
            ">": lambda one: one > number,
            ">=": lambda one: one >= number,
            "<": lambda one: one < number,
            "<=": lambda one: one <= number,
        }
        if sign not in compare:
            raise self._wrong(f"Was expecting an operation, got `{sign}`.")
        return lambda document: any(compare[sign](one) for one in values_of(document, name) if is_number(one))
