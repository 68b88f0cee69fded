"""Small PDFs of our own making: words, ruled tables, turned pages, whatever a reader has to cope with."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct, field

#: A cell's text; None where the cell to the left goes on over it.
Rows = Sequence[Sequence[str | None]]


class Page(Struct):
    """A page: words at (x, y) from the upper left corner in points with a size, and lines between two points."""

    width: float = 842.0
    height: float = 595.0
    words: list[tuple[float, float, float, str]] = field(default_factory=list)
    lines: list[tuple[float, float, float, float]] = field(default_factory=list)
    areas: list[tuple[float, float, float, float]] = field(default_factory=list)  #: white areas behind texts
    filled: bool = False  #: its lines are thin areas of colour, as Word draws them
    rotate: int = 0
    turned: bool = False  #: its words run upwards, as a landscape table printed on an upright page
    picture: bool = False  #: nothing but a picture over the whole page

    def table(
        self, x: float, y: float, widths: Sequence[float], rows: Rows, size: float = 10, sides: bool = True
    ) -> float:
        """A ruled table; gives where it ends. `sides`: whether lines close it at the left and right."""
        height = size * 1.8
        edges = [x]
        for width in widths:
            edges.append(edges[-1] + width)
        top = y
        for row in rows:
            tall = height * max((str(v).count("\n") + 1 for v in row if v), default=1)
            for c, value in enumerate(row):
                if value is not None:
                    for n, part in enumerate(value.split("\n")):
                        self.words.append((edges[c] + 3, y + size * 1.3 + n * height, size, part))
                if (c or sides) and value is not None:
                    self.lines.append((edges[c], y, edges[c], y + tall))
            if sides:
                self.lines.append((edges[-1], y, edges[-1], y + tall))
            self.lines.append((x, y, edges[-1], y))
            y += tall
        self.lines.append((x, y, edges[-1], y))
        assert y > top
        return y


def make(pages: Sequence[Page]) -> bytes:
    """The file. Words are set in a Chinese typeface that readers know by its name and none has to hold."""
    objects: list[bytes] = []

    def add(body: bytes) -> int:
        objects.append(body)
        return len(objects)

    add(b"<</Type/Catalog/Pages 2 0 R>>")
    add(b"")
    descendant = add(
        b"<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)"
        b"/Supplement 2>>/DW 1000/W[1 95 500 814 939 500]/FontDescriptor 4 0 R>>"
    )
    add(
        b"<</Type/FontDescriptor/FontName/STSong-Light/Flags 4/FontBBox[0 -200 1000 900]/ItalicAngle 0/Ascent 880"
        b"/Descent -120/CapHeight 880/StemV 90>>"
    )
    font = add(
        b"<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[%d 0 R]>>" % descendant
    )
    picture = add(
        b"<</Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8/Length 1>>"
        b"stream\n\x80\nendstream"
    )
    kids = []
    for page in pages:
        content = _content(page)
        stream = add(b"<</Length %d>>stream\n%s\nendstream" % (len(content), content))
        kids.append(
            add(
                b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %g %g]/Rotate %d/Contents %d 0 R"
                b"/Resources<</Font<</F1 %d 0 R>>/XObject<</P %d 0 R>>>>>>"
                % (page.width, page.height, page.rotate, stream, font, picture)
            )
        )
    listed = b" ".join(b"%d 0 R" % kid for kid in kids)
    objects[1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(kids), listed)
    out = bytearray(b"%PDF-1.5\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def _content(page: Page) -> bytes:
    parts = []
    if page.picture:
        parts.append(b"q %g 0 0 %g 0 0 cm /P Do Q" % (page.width, page.height))
    for x0, y0, x1, y1 in page.areas:
        parts.append(b"1 g %g %g %g %g re f 0 g" % (x0, page.height - y1, x1 - x0, y1 - y0))
    for x0, y0, x1, y1 in page.lines:
        if page.filled:
            wide, tall = max(x1 - x0, 0.5), max(y1 - y0, 0.5)
            parts.append(b"%g %g %g %g re f" % (x0, page.height - y0 - tall, wide, tall))
        elif page.turned:
            parts.append(b"%g %g m %g %g l S" % (y0, x0, y1, x1))
        else:
            parts.append(b"%g %g m %g %g l S" % (x0, page.height - y0, x1, page.height - y1))
    for x, y, size, text in page.words:
        code = text.encode("utf-16-be").hex().encode()
        where = b"0 1 -1 0 %g %g" % (y, x) if page.turned else b"1 0 0 1 %g %g" % (x, page.height - y)
        parts.append(b"BT /F1 %g Tf %s Tm <%s> Tj ET" % (size, where, code))
    return b"\n".join(parts)
