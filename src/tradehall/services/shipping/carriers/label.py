"""A label of the simulated carrier: one page of PDF, A6, words only."""

from collections.abc import Sequence

_PAGE = (298, 420)  # points


def pdf(lines: Sequence[str]) -> bytes:
    """The first line is set large."""
    drawn = ["BT", "/F 16 Tf", "24 376 Td", f"({_text(lines[0])}) Tj", "/F 11 Tf"]
    for line in lines[1:]:
        drawn += ["0 -20 Td", f"({_text(line)}) Tj"]
    content = "\n".join([*drawn, "ET"]).encode("latin-1")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>"
        % _PAGE,
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    made, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    tail = b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return made + tail % (count, table, count, len(made))


def _text(line: str) -> str:
    kept = line.encode("latin-1", "replace").decode("latin-1")[:48]
    return "".join(f"\\{c}" if c in "()\\" else c if c.isprintable() else " " for c in kept)
