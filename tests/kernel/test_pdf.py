from tests.pdf import text_of
from tradehall.kernel.pdf import FONT, new_pdf, printable

NAMES = "Łódź, Σπάρτη, Київ, Đà Nẵng, São Tomé, İzmir, 12,50 €, −3"


def test_letters_of_many_languages_are_printed_and_can_be_copied() -> None:
    page = new_pdf("Łódź", margin=20)
    for style in ("", "B"):
        page.set_font(FONT, style, 10)
        page.multi_cell(0, 6, text=printable(NAMES), new_x="LMARGIN", new_y="NEXT")
    assert text_of(bytes(page.output())).splitlines() == [NAMES, NAMES]
    assert page.title == "Łódź"


def test_what_the_font_lacks_is_a_question_mark() -> None:
    assert printable("日本 A\nB\x07") == "?? A\nB?"
