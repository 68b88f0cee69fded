"""What `receive` wrote, read back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from addin.xlsx.files import Workbook


def lines_of(path: Path, sheet: str) -> list[dict[str, Any]]:
    """The rows of a sheet with headings in its third row."""
    grid = Workbook(path).grids[sheet]
    return [dict(zip(grid[2], line, strict=True)) for line in grid[3:]]


def states(path: Path) -> dict[str, str]:
    """State by file name."""
    return {line["文件"]: line["状态"] for line in lines_of(path, "收表情况") if line["文件"]}
