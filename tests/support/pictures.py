"""The handbook's pictures, made anew from the live test bed: `python -m tests.support.pictures`."""

from __future__ import annotations

import re
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt

from addin import commands
from addin.handbook import SOURCES
from tests.support.calc.engine import property_value
from tests.support.calc.process import bridge
from tests.support.live import Desk, desk
from workbook_templates.sample import Sample

#: Picture, sheet, range shown.
_BEFORE = (("cover", "封面", "A1:E31"), ("ledger", "预算明细", "A1:M16"))
_AFTER = (("table", "表三", "A1:E24"), ("text", "情况说明", "A1:C7"))
_WRONG = (("findings", "校验结果", "A1:J9"), ("marked", "表三", "A1:E14"))
_DOTS_PER_INCH = 96
_EDGE = 12  #: pixels kept around what is shown
_GAP = 150  #: so many empty lines end a picture


def make(folder: Path) -> list[Path]:
    """Every picture, from the sample unit: as filled in, as generated, and with two figures made wrong."""
    folder.mkdir(parents=True, exist_ok=True)
    made, end = desk()
    try:
        with TemporaryDirectory() as name:
            path = Path(name) / "示例市商务局.xlsx"
            commands.sample_workbook(path, Sample())
            book = made.open(path)
            found = [_picture(book, folder, *one) for one in _BEFORE]
            made.click("generate")
            found += [_picture(book, folder, *one) for one in _AFTER]
            _spoil(made, book)
            found += [_picture(book, folder, *one) for one in _WRONG]
            return found
    finally:
        end()


def _spoil(made: Desk, book: Any) -> None:
    sheet = book.sheets["表三"]
    sheet.api.Unprotect("")
    sheet.range("C8").value = 372.37
    sheet.api.Protect("")
    made.click("validate")


def _picture(book: Any, folder: Path, name: str, sheet: str, cells: str) -> Path:
    """A range as a picture, without the rest of its page."""
    with TemporaryDirectory() as temporary:
        pdf = Path(temporary) / "range.pdf"
        block = book.sheets[sheet].impl._uno.getCellRangeByName(cells)
        chosen = (property_value("Selection", block),)
        options = (
            property_value("FilterName", "calc_pdf_Export"),
            property_value("FilterData", bridge().Any("[]com.sun.star.beans.PropertyValue", chosen)),
        )
        book.impl._document.storeToURL(bridge().systemPathToFileUrl(str(pdf)), options)
        page = Path(temporary) / "page"
        command = ["pdftoppm", "-singlefile", "-r", str(_DOTS_PER_INCH), str(pdf), str(page)]
        subprocess.run(command, check=True, timeout=60)
        target = folder / f"{name}.png"
        target.write_bytes(_png(_cropped(_pixels(page.with_suffix(".ppm").read_bytes()))))
    return target


def _pixels(ppm: bytes) -> npt.NDArray[np.uint8]:
    """(height, width, 3) of a binary PPM."""
    head = re.match(rb"P6\s+(\d+)\s+(\d+)\s+255\s", ppm)
    assert head is not None
    return np.frombuffer(ppm, np.uint8, offset=head.end()).reshape(int(head[2]), int(head[1]), 3)


def _cropped(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """The page without its margins and without the foot far below."""
    used = np.flatnonzero((pixels < 250).any(axis=(1, 2)))
    gaps = np.flatnonzero(np.diff(used) > _GAP)
    last = int(used[gaps[0]]) if len(gaps) else int(used[-1])
    first = int(used[0])
    across = np.flatnonzero((pixels[first : last + 1] < 250).any(axis=(0, 2)))
    left, right = max(0, int(across[0]) - _EDGE), int(across[-1]) + _EDGE
    return pixels[max(0, first - _EDGE) : last + _EDGE, left:right]


def _png(pixels: npt.NDArray[np.uint8]) -> bytes:
    """A true-colour PNG."""
    height, width, _ = pixels.shape
    lines = np.concatenate([np.zeros((height, 1), np.uint8), pixels.reshape(height, width * 3)], axis=1)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines.tobytes(), 9)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


if __name__ == "__main__":
    for picture in make(SOURCES / "pictures"):
        print(picture.name)
    sys.exit(0)
