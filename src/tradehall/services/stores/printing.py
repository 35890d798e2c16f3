"""A bill on paper: one page, as PDF."""

from collections.abc import Sequence

import msgspec


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """`facts` and `sums` are pairs of what it is and what it says; the last sum is the one that counts."""

    title: str
    issuer: Sequence[str]
    payer: Sequence[str]
    facts: Sequence[tuple[str, str]]
    item: str
    sums: Sequence[tuple[str, str]]
    note: str = ""


def pdf(paper: Paper) -> bytes:
    from fpdf import FPDF  # loaded by whoever prints one

    page = FPDF(format="A4")
    page.set_title(_latin(paper.title))
    page.set_margins(22, 22)
    page.add_page()

    def line(text: str, *, size: int = 10, style: str = "", high: float = 5.5) -> None:
        page.set_font("helvetica", style, size)
        page.multi_cell(0, high, text=_latin(text), align="L", new_x="LMARGIN", new_y="NEXT")

    def pair(name: str, text: str, style: str = "") -> None:
        page.set_font("helvetica", style, 10)
        page.cell(110, 6.5, text=_latin(name))
        page.cell(0, 6.5, text=_latin(text), align="R", new_x="LMARGIN", new_y="NEXT")

    for text in paper.issuer:
        line(text)
    page.ln(12)
    for text in paper.payer:
        line(text)
    page.ln(12)
    line(paper.title, size=18, style="B", high=9)
    page.ln(3)
    for name, text in paper.facts:
        pair(name, text)
    page.ln(6)
    line(paper.item, style="B")
    page.ln(2)
    for number, (name, text) in enumerate(paper.sums, 1):
        page.line(page.l_margin, page.get_y(), page.w - page.r_margin, page.get_y())
        pair(name, text, "B" if number == len(paper.sums) else "")
    if paper.note:
        page.ln(8)
        line(paper.note)
    return bytes(page.output())


def _latin(text: str) -> str:
    """The letters that the font every reader has can show."""
    return text.encode("latin-1", "replace").decode("latin-1")
