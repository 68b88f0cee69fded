"""Speed of reading PDFs, as a ratio against bare pdfplumber of the same pages: `python -m tests.benchmarks.inspect`."""

from __future__ import annotations

import io
import resource
import sys
from pathlib import Path

import pdfplumber

from addin.document import read_document
from tests.benchmarks.validate import both, row
from tests.support.pdf import Page, make

#: Documents and pages of each; `python -m tests.benchmarks.inspect 100` tries a hundred documents.
DOCUMENTS, PAGES = 3, 30
_WIDTHS = (60, 40, 40, 220, 110, 110)
_LINE = "某局收入预算总计一百万元其中财政拨款收入一百万元比上年增加十万元主要用于人员经费"


def document(number: int, length: int = PAGES) -> bytes:
    """A document as they are published: a third of its pages full of text, the others tables."""
    pages = []
    for n in range(length):
        page = Page()
        if n % 3:
            rows = [
                ("201", f"{k:02d}", "01", "一般公共服务支出", f"{number + k:,}.00", f"{n + k}.50") for k in range(24)
            ]
            page.table(60, 80, _WIDTHS, rows)
        else:
            page.words += [(60, 60 + 26 * k, 14, _LINE) for k in range(19)]
        pages.append(page)
    return make(pages)


def bare(files: list[bytes]) -> None:
    """The peer: every page's words and tables by the library, and nothing else."""
    for data in files:
        with pdfplumber.open(io.BytesIO(data)) as pdf:
            for page in pdf.pages:
                page.extract_text()
                page.extract_tables()
                page.close()


def ours(files: list[bytes]) -> None:
    """The same files read as documents."""
    for number, data in enumerate(files):
        read_document(Path(f"{number}.pdf"), data)


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else DOCUMENTS
    print(f"{'work':34}{'median':>12}   {'peer':22}{'median':>12}   {'ratio':>7}")
    files = [document(number) for number in range(min(count, DOCUMENTS))]
    ours(files[:1])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    own, peer = both(lambda: ours(files), lambda: bare(files), 3)
    row(f"read {len(files)} PDFs of {PAGES} pages", own, "pdfplumber, bare", peer)
    for number in range(len(files), count):
        read_document(Path(f"{number}.pdf"), document(number))
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"memory at most, beyond the first document: {grown:.0f} MB more after {max(count, len(files))} documents")


if __name__ == "__main__":
    main()
