"""PDF read: its text as paragraphs, its ruled tables cell by cell, page by page; what was not surely read is said."""

from __future__ import annotations

import io
import re
import zlib
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pdfplumber
from pdfminer.pdfdocument import PDFPasswordIncorrect
from pdfminer.pdftypes import resolve1
from pdfplumber.utils.exceptions import PdfminerException

from addin.document.pdf_flow import Page, assembled
from addin.document.pdf_lines import Char, TextLine, as_line, once, rows_of
from addin.document.pdf_tables import ruled_tables
from udfs.base import InputProblems, Problem
from udfs.foreign import (
    Leftover,
    Published,
)

#: A document of a department has a few hundred pages; each has a few thousand characters and ruled lines.
MOST_PAGES, MOST_CHARS, MOST_EDGES = 1_500, 60_000, 40_000
#: Bytes that draw one page.
MOST_CONTENT = 20_000_000
#: A page is no larger than A0, in points.
_LARGEST_PAGE = 3_400
#: Fewer characters than this on a page that a picture covers: it is a scan.
_FEW, _COVERED = 8, 0.5
#: An amount that stands by itself, as in a column; in a sentence its unit of measure follows.
_AMOUNT_ALONE = re.compile(r"(?:\s|^)(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d{2})(?=\s|$)(?!\s*(?:[亿万]?元|[%％]))")
#: What only a sentence has.
_SENTENCE = re.compile(r"[，。；]")
_UNREADABLE = re.compile(r"\(cid:\d+\)|[\ue000-\uf8ff\ufffd]")
#: Points.
_HAIR = 0.5


def read_pdf(path: Path, data: bytes) -> Published:
    """A PDF's text and tables. Raises InputProblems with a sentence for what cannot be read."""
    remarks: list[Leftover] = []
    pages: list[Page] = []
    scans: list[int] = []
    blank: list[int] = []
    try:
        with pdfplumber.open(io.BytesIO(data)) as pdf:
            count = _checked(path, pdf)
            for number in range(count):
                page = pdf.pages[number]
                try:
                    pages.append(_page(path, pdf, page, number + 1, remarks, scans, blank))
                finally:
                    page.close()
                    pdf.pages[number] = None  # type: ignore[call-overload] # what is read is not kept
    except InputProblems:
        raise
    except (PdfminerException, PDFPasswordIncorrect) as error:
        raise _fault(path, _why(error)) from None
    except RecursionError:
        raise _fault(path, "PDF 内部结构循环引用，未予读取，请重新导出该文件") from None
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - pdfminer raises whatever a damaged file makes it stumble over
        raise _fault(path, f"PDF 已损坏或结构异常（{type(error).__name__}），请重新导出该文件") from None
    if scans and len(scans) >= max(1, count - len(blank)) * 0.8:
        raise _fault(path, "是扫描件：页面是图片，没有文字，无法读取；请提供由 Word、WPS 直接导出的 PDF 或 Word 文档")
    remarks += [Leftover(n, f"第{n}页是扫描的图片，没有文字，未能读取") for n in scans]
    return assembled(path, pages, remarks, tuple(blank))


def _fault(path: Path, message: str) -> InputProblems:
    return InputProblems([Problem(path.name, message)])


def _why(error: Exception) -> str:
    inner = error.args[0] if error.args and isinstance(error.args[0], Exception) else error
    if isinstance(inner, PDFPasswordIncorrect) or "assword" in type(inner).__name__:
        return "PDF 有打开密码，无法读取，请取消密码后再试"
    return f"PDF 已损坏或不是 PDF 文件（{type(inner).__name__}），请重新导出该文件"


def _checked(path: Path, pdf: Any) -> int:
    count = len(pdf.doc.catalog) and len(pdf.pages)
    if count > MOST_PAGES:
        raise _fault(path, f"有{count}页，多于{MOST_PAGES}页，不像是一份公开文档，未予读取")
    if not count:
        raise _fault(path, "PDF 中没有页面，请重新导出该文件")
    return int(count)


# -- one page


def _page(
    path: Path, pdf: Any, page: Any, number: int, remarks: list[Leftover], scans: list[int], blank: list[int]
) -> Page:
    if max(page.width, page.height) > _LARGEST_PAGE:
        raise _fault(path, f"第{number}页的纸张异常大（{page.width:.0f}×{page.height:.0f}点），未予读取")
    _look_at_content(path, page, number)
    chars = page.chars
    if len(chars) > MOST_CHARS or sum(len(v) for k, v in page.objects.items() if k != "char") > MOST_EDGES:
        raise _fault(path, f"第{number}页的内容异常多，未予读取")
    turned = _turn(chars)
    if turned:
        page = _rotated(pdf, page, turned)
        chars = page.chars
    _straighten(page)
    chars = once([c for c in chars if c["text"].strip() and _inside(c, page)])
    if len(chars) < _FEW:
        if _pictured(page) >= _COVERED:
            scans.append(number)
        elif not chars and not page.images:
            blank.append(number)
    broken = sum(bool(_UNREADABLE.search(c["text"])) for c in chars)
    if broken:
        remarks.append(Leftover(number, f"第{number}页有{broken}个字的编码无法识别，未能确定读出的内容，请核对原文件"))
    height, width = float(page.height), float(page.width)
    tables, used = ruled_tables(page, chars, number, remarks)
    free = [c for i, c in enumerate(chars) if i not in used]
    lines = [as_line(run, number, height) for run in rows_of(free)]
    _tell_columns(lines, number, remarks)
    lines.sort(key=lambda line: line.top)
    tops = [top for top, _ in tables]
    for line in lines:
        line.table = bisect_left(tops, line.top)
    return Page(number, width, lines, [t for _, t in tables], tops)


def _look_at_content(path: Path, page: Any, number: int) -> None:
    """A page's drawing before it is unpacked: no honest page is so long."""
    for stream in page.page_obj.contents:
        raw = getattr(resolve1(stream), "rawdata", None) or b""
        try:
            size = len(zlib.decompressobj().decompress(raw, MOST_CONTENT + 1))
        except zlib.error:
            size = len(raw)  # packed otherwise, or not at all
        if size > MOST_CONTENT:
            raise _fault(path, f"第{number}页的内容异常多，未予读取；文件可能有害，请勿打开")


def _inside(char: Char, page: Any) -> bool:
    """Whether a character lies on the page at all: what lies beside it is not printed."""
    return bool(char["x0"] >= -2 and char["x1"] <= page.width + 2 and -2 <= char["top"] <= page.height + 2)


def _turn(chars: Sequence[Char]) -> int:
    """By how much a page must be turned for its text to stand upright."""
    turned = Counter(90 if b > 0 else 270 for a, b, *_ in (c["matrix"] for c in chars) if abs(b) > abs(a))
    if not turned or sum(turned.values()) < 0.6 * len(chars):
        return 0
    return turned.most_common(1)[0][0]


def _straighten(page: Any) -> None:
    """Lines that a turned page leaves slanted by a hair's breadth are level or upright."""
    for line in page.objects.get("line", ()):
        if 0 < abs(line["x1"] - line["x0"]) < _HAIR:
            line["x1"] = line["x0"]
        if 0 < abs(line["bottom"] - line["top"]) < _HAIR:
            line["bottom"] = line["top"]


def _rotated(pdf: Any, page: Any, angle: int) -> Any:
    """The page read again, turned."""
    page.page_obj.rotate = page.page_obj.attrs["Rotate"] = (page.page_obj.rotate + angle) % 360
    return type(page)(pdf, page.page_obj, page.page_number, page.initial_doctop)


def _pictured(page: Any) -> float:
    """How much of a page its pictures cover."""
    area = float(page.width * page.height) or 1.0
    return max((float(i["width"] * i["height"]) / area for i in page.images), default=0.0)


def _tell_columns(lines: Sequence[TextLine], number: int, remarks: list[Leftover]) -> None:
    """Figures in columns outside every ruled table: a table without lines, which is not read as one."""
    rows = [
        line
        for line in lines
        if len(re.findall(r"(?:    |^)[\d,]+(?:\.\d+)?(?=    |$)", line.text)) >= 2
        or (_AMOUNT_ALONE.search(line.text) and not _SENTENCE.search(line.text))
    ]
    if len(rows) >= 3:
        what = "有没有框线的表格，其中的数字没有作为表格读取，请核对原文件"
        remarks.append(Leftover(number, f"第{number}页{what}", forced=True))
