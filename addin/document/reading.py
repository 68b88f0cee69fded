"""A published document read, by its kind; the libraries load only once one is."""

from __future__ import annotations

from pathlib import Path

from addin.enciphered import SENTENCE, is_enciphered
from udfs.base import InputProblems, Problem
from udfs.foreign import Published

#: What is read here; workbooks are read by the file door.
DOCUMENTS = (".docx", ".pdf")


def is_document(name: str) -> bool:
    """Whether a file's name is that of a document read here."""
    return Path(name).suffix.lower() in DOCUMENTS


def read_document(path: Path, data: bytes) -> Published:
    """A .docx or .pdf. Raises InputProblems with a sentence for what cannot be read."""
    if is_enciphered(data):
        raise InputProblems([Problem(path.name, SENTENCE)])
    start = data[:1024].lstrip()
    if path.suffix.lower() == ".pdf" and not start.startswith(b"%PDF") and b"%PDF" not in start:
        kind = "，文件内容像是 Word 文档，请改正扩展名" if start.startswith(b"PK") else ""
        raise InputProblems([Problem(path.name, f"不是 PDF 文件或已损坏{kind}，请重新导出该文件")])
    if start.startswith(b"%PDF"):
        from addin.document.read_pdf import read_pdf

        return read_pdf(path, data)
    from addin.document.read_docx import read_docx

    return read_docx(path, data)
