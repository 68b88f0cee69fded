"""A copy of a document with the findings at their places: Word comments, PDF highlights with notes."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from addin.document.reading import read_document
from udfs.base import NOTE, squeezed
from udfs.foreign import Published

AUTHOR, INITIALS = "预算公开检查", "检查"
#: Notes of one copy; beyond them the list of findings is the place to read.
MOST = 500

Finding = Mapping[str, Any]


def annotate(path: Path, data: bytes, findings: Sequence[Finding]) -> bytes:
    """The copy. Findings of grade 信息 are left to the list."""
    wanted = [f for f in findings if f["grade"] != NOTE][:MOST]
    if path.suffix.lower() == ".pdf":
        return _pdf(path, data, wanted)
    return _docx(data, wanted)


def _said(found: Finding) -> str:
    return f"【{found['grade']}】{found['rule']} {found['message']}"


# -- Word


def _docx(data: bytes, findings: Sequence[Finding]) -> bytes:
    import docx
    from docx.oxml.ns import qn
    from docx.text.run import Run

    from addin.document.read_docx import Reader

    document = docx.Document(io.BytesIO(data))
    reader = Reader(Path("copy.docx"), document)
    reader.read()
    first = next((e for e in reader.elements if e.findall(qn("w:r"))), None)
    for found in findings:
        runs: list[Any] = []
        if found["table"] >= 0 and found["table"] < len(reader.row_elements):
            rows = reader.row_elements[found["table"]]
            if 0 <= found["row"] < len(rows):
                runs = _cell_runs(rows[found["row"]], found, qn)
        if not runs and 0 < found["paragraph"] <= len(reader.elements):
            runs = _quoted(reader.elements[found["paragraph"] - 1], found["quote"], qn)
        if not runs and first is not None:
            runs = first.findall(qn("w:r"))[:1]
        if runs:
            own = document.paragraphs[0] if document.paragraphs else None
            ends = [Run(r, own) for r in (runs[0], runs[-1])]  # type: ignore[arg-type] # a run's parent is not used here
            document.add_comment(ends, text=_said(found), author=AUTHOR, initials=INITIALS)
    result = io.BytesIO()
    document.save(result)
    return result.getvalue()


def _cell_runs(row: Any, found: Finding, qn: Any) -> list[Any]:
    """The runs of the cell that shows the amount a finding is about, else of the row's first text."""
    shown = {squeezed(found["quote"]), squeezed(found["left"]), squeezed(found["left"].removesuffix(".00"))} - {""}
    cells = list(row.iter(qn("w:tc")))
    for cell in cells:
        text = squeezed("".join(t.text or "" for t in cell.iter(qn("w:t")))).replace("，", "")
        if text and text in {s.replace("，", "") for s in shown}:
            return _runs_of(cell, qn)
    return next((runs for cell in cells if (runs := _runs_of(cell, qn))), [])


def _runs_of(element: Any, qn: Any) -> list[Any]:
    for paragraph in element.iter(qn("w:p")):
        runs: list[Any] = paragraph.findall(qn("w:r"))
        if runs:
            return runs
    return []


def _quoted(paragraph: Any, quote: str, qn: Any) -> list[Any]:
    """The runs of a paragraph that hold a quotation; all of them where it is not found in them."""
    runs: list[Any] = paragraph.findall(qn("w:r"))
    texts = [squeezed("".join(t.text or "" for t in run.iter(qn("w:t")))) for run in runs]
    wanted = squeezed(quote)
    at = "".join(texts).find(wanted) if wanted else -1
    if at < 0:
        return runs
    result, start = [], 0
    for run, text in zip(runs, texts, strict=True):
        if text and start < at + len(wanted) and start + len(text) > at:
            result.append(run)
        start += len(text)
    return result or runs


# -- PDF


def _pdf(path: Path, data: bytes, findings: Sequence[Finding]) -> bytes:
    import pdfplumber
    from pypdf import PdfReader, PdfWriter
    from pypdf.annotations import Highlight, Text
    from pypdf.generic import ArrayObject, FloatObject, NameObject, TextStringObject

    document = read_document(path, data)
    reader = PdfReader(io.BytesIO(data))
    writer = PdfWriter(clone_from=reader)
    by_page: dict[int, list[Finding]] = {}
    for found in findings:
        by_page.setdefault(found["page"] or 1, []).append(found)
    with pdfplumber.open(io.BytesIO(data)) as pdf:
        for number, of_page in sorted(by_page.items()):
            if not 0 < number <= len(pdf.pages):
                continue
            page = pdf.pages[number - 1]
            for order, found in enumerate(of_page):
                boxes = _boxes(page, found, document) if not page.rotation else []
                height = float(page.bbox[3])
                if boxes:
                    rects = [(x0, height - bottom, x1, height - top) for x0, top, x1, bottom in boxes]
                    quads = ArrayObject(
                        FloatObject(v) for x0, y0, x1, y1 in rects for v in (x0, y1, x1, y1, x0, y0, x1, y0)
                    )
                    whole = (
                        min(r[0] for r in rects),
                        min(r[1] for r in rects),
                        max(r[2] for r in rects),
                        max(r[3] for r in rects),
                    )
                    color = "ff9c9c" if found["grade"] == "强制" else "ffe699"
                    mark: Any = Highlight(rect=whole, quad_points=quads, highlight_color=color)
                    mark[NameObject("/Contents")] = TextStringObject(_said(found))
                else:
                    y = height - 20 - 16 * (order % 40)
                    mark = Text(rect=(8, y - 14, 22, y), text=_said(found))
                mark[NameObject("/T")] = TextStringObject(AUTHOR)
                writer.add_annotation(number - 1, mark)
            page.close()
    result = io.BytesIO()
    writer.write(result)
    return result.getvalue()


def _boxes(page: Any, found: Finding, document: Published) -> list[tuple[float, float, float, float]]:
    """Where the words of a finding stand on a page, a box a line; from the upper left corner."""
    from addin.document.pdf_lines import rows_of

    lines = list(rows_of([c for c in page.chars if c["text"].strip()]))
    chars = [c for line in lines for c in line]
    text = "".join(squeezed(c["text"]) or c["text"] for c in chars)
    for wanted in _wanted(found, document):
        at = text.find(wanted) if len(text) == len(chars) else -1
        if at >= 0:
            return list(_by_line(chars[at : at + len(wanted)]))
    return []


def _wanted(found: Finding, document: Published) -> Iterator[str]:
    """What to look for: the words quoted; of a table the whole row, or its names."""
    if found["quote"] and found["table"] < 0:
        quote = squeezed(found["quote"])
        yield quote
        yield quote[:12]
    if 0 <= found["table"] < len(document.tables) and found["row"] >= 0:
        rows = document.tables[found["table"]].rows
        if found["row"] < len(rows):
            texts = [squeezed(v) for v in rows[found["row"]] if v]
            yield "".join(texts)
            yield from sorted(texts, key=len, reverse=True)[:2]
    if found["quote"]:
        yield squeezed(found["quote"])


def _by_line(chars: Sequence[Mapping[str, Any]]) -> Iterator[tuple[float, float, float, float]]:
    run: list[Mapping[str, Any]] = []
    for c in [*chars, None]:
        if run and (c is None or abs(c["top"] - run[-1]["top"]) > 4):
            yield (
                min(r["x0"] for r in run),
                min(r["top"] for r in run),
                max(r["x1"] for r in run),
                max(r["bottom"] for r in run),
            )
            run = []
        if c is not None:
            run.append(c)
