"""工作台: the buttons on a local page, for where there is no Excel; a third door beside the open workbook and files."""

from __future__ import annotations

from addin.desk.server import serve

__all__ = ["serve"]
