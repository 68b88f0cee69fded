"""Published documents on the desk: what `inspect` finds in one, and its pages as pictures with the findings marked."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from addin.document import Office, annotate, find_office
from addin.places import logger
from addin.published.inspect import Record, inspect_documents, place_of
from addin.upward.sandbox import Sandbox
from addin.xlsx import fault, read_file
from udfs.base import GRADES, NOTE, InputProblems

_PDF, _PNG = b"%PDF", b"\x89PNG"
_SECONDS = 60.0
#: Dots to a point: a page of A4 is some 1 000 dots wide.
_SCALE = 1.7
#: Pages whose pictures are kept.
_MOST_PAGES = 32


class Published:
    """A published document as it was inspected. `against`: the workbook that it belongs to, if one is open.

    `findings`: each with the page of the picture on which it is marked, 0 for none; `last`: the last of these pages.
    """

    place = staticmethod(place_of)

    def __init__(self, path: Path, against: Path | None, say: Callable[[str], None]) -> None:
        if path.is_dir() or path.suffix.lower() not in (".pdf", ".docx", ".xlsx"):
            raise fault(path, "不是公开文件的格式，请指定 .docx、.pdf 或 .xlsx 文件")
        self.path, self.against = path, against
        self.record = seen = inspect_documents([path], against=against, say=say).records[0]
        self._pdf = read_file(path) if path.suffix.lower() == ".pdf" else b""
        if path.suffix.lower() == ".docx":
            self._pdf, seen = _laid_out(read_file(path), self.record, against, say)
        own = {_known_by(f) for f in self.record["findings"]} if self._pdf else set()
        found = [f for f in seen["findings"] if _known_by(f) in own]
        if marks := [f for f in found if f["grade"] != NOTE]:
            say("正在标出问题…")
            marked = _in_child("", json.dumps(marks).encode() + b"\n" + self._pdf)
            self._pdf = marked if marked.startswith(_PDF) else self._pdf
        page_of = {_known_by(f): f["page"] for f in found}
        ranked = sorted(self.record["findings"], key=lambda f: (GRADES.index(f["grade"]), f["page"], f["paragraph"]))
        self.findings = [(f, page_of.get(_known_by(f), 0)) for f in ranked]
        self.pages = sorted({f["page"] for f in marks})
        self.last = (seen.get("pages") or 0) if self._pdf else 0
        self.picture = lru_cache(_MOST_PAGES)(self._picture)

    def _picture(self, page: int) -> bytes:
        """A page as PNG; empty where there is none."""
        picture = _in_child(str(page), self._pdf) if 0 < page <= self.last else b""
        return picture if picture.startswith(_PNG) else b""


def _known_by(found: Mapping[str, Any]) -> tuple[Any, ...]:
    """What a finding is known by, wherever it stands."""
    return tuple(found[name] for name in ("rule", "sheet", "cell", "item", "left", "right", "quote"))


def _laid_out(data: bytes, record: Record, against: Path | None, say: Callable[[str], None]) -> tuple[bytes, Record]:
    """Word fixes no pages: LibreOffice lays them out where there is one, and the findings are found again there.

    A document that would load something from elsewhere is not given to it.
    """
    program = find_office()
    if program is None or _loads_from_elsewhere(data):
        return b"", record
    say("正在用 LibreOffice 排出版面…")
    with TemporaryDirectory(prefix="yusuan-") as name:
        source = Path(name) / "公开.docx"
        source.write_bytes(data)
        try:
            (target,) = Office(program, Path(name)).export([source])
            if target is not None:
                return target.read_bytes(), inspect_documents([target], against=against, say=say).records[0]
        except InputProblems as found:
            logger().warning("版面: %s", found)
    return b"", record


def _loads_from_elsewhere(data: bytes) -> bool:
    """Whether a Word document has parts that lie outside of it; links to be clicked are none."""
    import docx
    from docx.opc.constants import RELATIONSHIP_TYPE

    links = docx.Document(io.BytesIO(data)).part.package.iter_rels()
    return any(link.is_external and link.reltype != RELATIONSHIP_TYPE.HYPERLINK for link in links)


def _in_child(name: str, data: bytes) -> bytes:
    """A document of strangers may harm who reads it, so a process of its own does that."""
    with closing(Sandbox(_SECONDS, examiner=__name__)) as box:
        return box.examine(name, data)


def examine(name: str, data: bytes) -> bytes:
    """In the child: a page of a PDF as PNG by its number; without one the PDF with its findings marked."""
    if not name:
        findings, _, pdf = data.partition(b"\n")
        return annotate(Path("公开.pdf"), pdf, json.loads(findings))
    import pypdfium2

    with pypdfium2.PdfDocument(data) as document:
        buffer = io.BytesIO()
        document[int(name) - 1].render(scale=_SCALE, may_draw_forms=True).to_pil().save(buffer, "PNG")
    return buffer.getvalue()
