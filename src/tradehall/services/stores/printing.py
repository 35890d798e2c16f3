"""A bill on paper: one page, as PDF."""

from collections.abc import Sequence

import msgspec

from tradehall.kernel.pdf import FONT, new_pdf, printable


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
    page = new_pdf(paper.title, margin=22)

    def line(text: str, *, size: int = 10, style: str = "", high: float = 5.5) -> None:
        page.set_font(FONT, style, size)
        page.multi_cell(0, high, text=printable(text), align="L", new_x="LMARGIN", new_y="NEXT")

    def pair(name: str, text: str, style: str = "") -> None:
        page.set_font(FONT, style, 10)
        page.cell(110, 6.5, text=printable(name))
        page.cell(0, 6.5, text=printable(text), align="R", new_x="LMARGIN", new_y="NEXT")

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
