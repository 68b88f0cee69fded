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
from openpyxl import Workbook

from addin.setup.handbook import SOURCES
from addin.upward.receive import receive_folder
from addin.upward.submit import submit_workbook
from addin.verbs import commands
from tests.support.books import edited
from tests.support.browser import missing_browser, opened
from tests.support.calc.engine import property_value
from tests.support.calc.process import bridge
from tests.support.hostile import packed
from tests.support.live import Desk, open_desk
from tests.support.many import BROKEN, unit_parts, write_units
from workbook_templates.reading.sample import Sample

#: Picture, sheet, range shown.
_BEFORE = (("cover", "封面", "A1:E31"), ("ledger", "预算明细", "A1:M12"))
_AFTER = (("table", "表三", "A1:E24"), ("text", "情况说明", "A1:C7"))
_WRONG = (("findings", "校验结果", "A1:J7"), ("marked", "表三", "A1:E14"))
_SEALED = (("sealed", "封面", "A1:E14"),)
_RECEIVED = (("overview", "收表一览", "A1:J14"), ("list", "收表情况", "A1:M14"))
_DOTS_PER_INCH = 144
_EDGE = 12  #: pixels kept around what is shown
_GAP = 225  #: so many empty lines end a picture


def make(folder: Path) -> list[Path]:
    """Every picture, from the sample unit: as filled in, as generated, with a figure made wrong; then what is sent."""
    folder.mkdir(parents=True, exist_ok=True)
    made, end = open_desk()
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
            made.clear()
            sealed, received = _upward(Path(name))
            found += [_picture(made.open(sealed), folder, *one) for one in _SEALED]
            found += [_picture(made.open(received), folder, *one) for one in _RECEIVED]
            return found
    finally:
        end()


#: Where the workbooks lie, as the pictures show it.
_FOLDER = "/文档/预算公开"


def on_the_desk(folder: Path) -> list[Path]:
    """The pages of 工作台, from a browser: a workbook with a figure made wrong, a table with its sources, a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    made = [folder / f"{name}.png" for name in ("desk", "desk-table", "desk-folder")]
    with TemporaryDirectory() as name:
        path = Path(name) / "示例市商务局.xlsx"
        commands.sample_workbook(path, Sample())
        for number, verb in enumerate((commands.fill_workbook, commands.narrate_workbook)):
            verb(path, path.with_stem(f"示例市商务局{number}"))
            path = path.with_stem(f"示例市商务局{number}")
        wrong = edited(path, Path(name) / "示例市商务局-填报.xlsx", _wrong_figure)
        with opened(wrong, height=900) as page:
            page.press("validate")
            page.says("校验完成")
            page.click("#said button")
            page.view("overview")
            page.shows("定稿还差")
            page.says_instead(name, _FOLDER)
            page.picture(made[0])
            page.click("main a[data-name=表三]")
            page.click("#C6 button")
            page.shows("预算明细第2行")
            page.says_instead(name, _FOLDER)
            page.picture(made[1])
        _upward(Path(name))
        with opened(Path(name) / "各单位", height=900) as page:
            page.shows("未报")
            page.says_instead(name, _FOLDER)
            page.picture(made[2])
    return made


def _wrong_figure(book: Workbook) -> None:
    book["表三"]["C6"] = 384.07


def _upward(folder: Path) -> tuple[Path, Path]:
    """A finished workbook, and what the office sees that has received some units' workbooks."""
    came = folder / "各单位"
    write_units(came, 3, 3)
    for number, change in enumerate(BROKEN.values(), 4):
        parts = unit_parts(0, number)
        change(parts)
        (came / f"{900000 + number}.xlsx").write_bytes(packed(parts))
    (folder / "七.xlsx").write_bytes(packed(unit_parts(1, 7)))
    sealed = submit_workbook(folder / "七.xlsx", came).path
    (came / "截断.xlsx").write_bytes(sealed.read_bytes()[:5000])
    expected = "".join(f"{900000 + n},示例单位{n:06d}\n" for n in range(1, 9))
    (came / "应报单位.csv").write_text(f"单位编码,单位名称\n{expected}", "utf-8-sig")
    out = folder / "各单位-批量校验.xlsx"
    receive_folder(came, out, check_only=True)
    return sealed, out


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
    desk = [] if missing_browser() else on_the_desk(SOURCES / "pictures")
    for picture in [*make(SOURCES / "pictures"), *desk]:
        print(picture.name)
    sys.exit(0)
