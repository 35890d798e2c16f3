"""Cells of a spreadsheet's file. One takes text that begins with = + - @ for a formula, and runs it: such text is written behind
an apostrophe, the spreadsheets' own mark for text."""

import re

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?(e[+-][0-9]{2,3})?")  # an exponent as we write it: 5e10 is a model


def guard(text: str) -> str:
    """For a cell of text, harmless in a spreadsheet."""
    return "'" + text if _FORMULA.match(text) and not NUMBER.fullmatch(text) else text


def unguard(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and _FORMULA.match(cell) else cell
