"""Published documents on the desk: what `inspect` finds in one, and its pages as pictures with the findings marked."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from addin.document import annotate
from addin.published.inspect import inspect_documents, place_of
from addin.upward.sandbox import Sandbox
from addin.xlsx import fault, read_file
from udfs.base import GRADES, NOTE

_PNG = b"\x89PNG"
_SECONDS = 60.0
#: Dots to a point: a page of A4 is some 1 000 dots wide.
_SCALE = 1.7
#: Pages whose pictures are kept.
_MOST_PAGES = 32


class Published:
    """A published document as it was inspected. `against`: the workbook that it belongs to, if one is open."""

    def __init__(self, path: Path, against: Path | None, say: Callable[[str], None]) -> None:
        if path.is_dir() or path.suffix.lower() not in (".pdf", ".docx", ".xlsx"):
            raise fault(path, "不是公开文件的格式，请指定 .docx、.pdf 或 .xlsx 文件")
        self.path = path
        self.against = against
        self._data = read_file(path)
        self.record = inspect_documents([path], against=against, say=say).records[0]
        self._marked = b""
        self.picture = lru_cache(_MOST_PAGES)(self._picture)

    def view(self, page: int) -> dict[str, Any]:
        """检查表, and the findings with the page that is shown."""
        found = sorted(
            (f for f in self.record["findings"]), key=lambda f: (GRADES.index(f["grade"]), f["page"], f["paragraph"])
        )
        pages = sorted({f["page"] for f in found if f["page"] and f["grade"] != NOTE})
        last = self.record.get("pages") or 0
        return {
            "path": str(self.path),
            "against": self.against.name if self.against else "",
            "record": self.record,
            "findings": found,
            "place": place_of,
            "pages": pages,
            "page": min(max(page or (pages[0] if pages else 1), 1), last) if last else 0,
            "last": last,
        }

    def _picture(self, page: int) -> bytes:
        """A page as PNG, made in a child process: a document of strangers may harm who reads it. Empty where none."""
        if self.path.suffix.lower() != ".pdf":
            return b""
        box = Sandbox(_SECONDS, examiner="addin.desk.published")
        try:
            if not self._marked:
                wanted = json.dumps([f for f in self.record["findings"] if f["grade"] != NOTE]).encode()
                marked = box.examine("", wanted + b"\n" + self._data)
                self._marked = marked if marked.startswith(b"%PDF") else self._data
            picture = box.examine(str(page), self._marked)
        finally:
            box.close()
        return picture if picture.startswith(_PNG) else b""


def examine(name: str, data: bytes) -> bytes:
    """In the child: a page of a PDF as PNG by its number; without one the PDF with its findings marked."""
    if not name:
        findings, _, pdf = data.partition(b"\n")
        return annotate(Path("公开.pdf"), pdf, json.loads(findings))
    import pypdfium2

    with pypdfium2.PdfDocument(data) as document:
        number = min(int(name), len(document)) - 1
        buffer = io.BytesIO()
        document[number].render(scale=_SCALE, may_draw_forms=True).to_pil().save(buffer, "PNG")
    return buffer.getvalue()
