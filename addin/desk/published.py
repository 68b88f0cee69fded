"""Published documents on the desk: what `inspect` finds in one, and its pages as pictures with the findings marked."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from addin.document import Office, annotate, find_office
from addin.places import logger
from addin.published.inspect import inspect_documents, place_of
from addin.upward.sandbox import Sandbox
from addin.xlsx import fault, read_file
from udfs.base import GRADES, NOTE, InputProblems

_PNG = b"\x89PNG"
_SECONDS = 60.0
#: Dots to a point: a page of A4 is some 1 000 dots wide.
_SCALE = 1.7
#: Bytes of a part that names others.
_MOST_LINKS = 1_000_000
#: Pages whose pictures are kept.
_MOST_PAGES = 32


class Published:
    """A published document as it was inspected. `against`: the workbook that it belongs to, if one is open."""

    def __init__(self, path: Path, against: Path | None, say: Callable[[str], None]) -> None:
        if path.is_dir() or path.suffix.lower() not in (".pdf", ".docx", ".xlsx"):
            raise fault(path, "不是公开文件的格式，请指定 .docx、.pdf 或 .xlsx 文件")
        self.path = path
        self.against = against
        data = read_file(path)
        self.record = inspect_documents([path], against=against, say=say).records[0]
        self._seen = self.record  #: the findings as they stand on the pages that are shown
        self._pages = data if path.suffix.lower() == ".pdf" else b""
        if path.suffix.lower() == ".docx":
            self._lay_out(data, say)
        self._marked = b""
        self.picture = lru_cache(_MOST_PAGES)(self._picture)

    def view(self, page: int) -> dict[str, Any]:
        """检查表, and the findings with the page that is shown."""
        on_page = {_known_by(f): f["page"] for f in self._seen["findings"]}
        ranked = sorted(self.record["findings"], key=lambda f: (GRADES.index(f["grade"]), f["page"], f["paragraph"]))
        found = [(f, on_page.get(_known_by(f), 0) if self._seen is not self.record else f["page"]) for f in ranked]
        pages = sorted({shown for f, shown in found if shown and f["grade"] != NOTE})
        last = (self._seen.get("pages") or 0) if self._pages else 0
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

    def _lay_out(self, data: bytes, say: Callable[[str], None]) -> None:
        """Word fixes no pages: LibreOffice lays them out where there is one, and the findings are found again there.

        A document that would load something from elsewhere is not given to it.
        """
        program = find_office()
        if program is None or _loads_from_elsewhere(data):
            return
        say("正在用 LibreOffice 排出版面…")
        with TemporaryDirectory(prefix="yusuan-") as name:
            source = Path(name) / "公开.docx"
            source.write_bytes(data)
            try:
                (target,) = Office(program, Path(name)).export([source])
                if target is None:
                    return
                self._seen = inspect_documents([target], against=self.against, say=say).records[0]
            except InputProblems as found:
                logger().warning("版面: %s", found)
                return
            self._pages = target.read_bytes()

    def _picture(self, page: int) -> bytes:
        """A page as PNG, made in a child process: a document of strangers may harm who reads it. Empty where none."""
        if not self._pages:
            return b""
        box = Sandbox(_SECONDS, examiner="addin.desk.published")
        try:
            if not self._marked:
                own = {_known_by(f) for f in self.record["findings"]}
                wanted = [f for f in self._seen["findings"] if f["grade"] != NOTE and _known_by(f) in own]
                marked = box.examine("", json.dumps(wanted).encode() + b"\n" + self._pages)
                self._marked = marked if marked.startswith(b"%PDF") else self._pages
            picture = box.examine(str(page), self._marked)
        finally:
            box.close()
        return picture if picture.startswith(_PNG) else b""


def _known_by(found: Mapping[str, Any]) -> tuple[Any, ...]:
    """What a finding is known by, wherever it stands."""
    return tuple(found[name] for name in ("rule", "sheet", "cell", "item", "left", "right", "quote"))


def _loads_from_elsewhere(data: bytes) -> bool:
    """Whether a Word document has parts that lie outside of it; links to be clicked are none."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        for part in package.infolist():
            if part.filename.endswith(".rels"):
                if part.file_size > _MOST_LINKS:
                    return True
                links = re.findall(rb"<[^>]*External[^>]*>", package.read(part))
                if any(b"/hyperlink" not in link for link in links):
                    return True
    return False


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
