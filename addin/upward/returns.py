"""退回单: for every unit that has to mend something a notice that says what, where and what to do."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from addin.xlsx import in_a_name, new_file
from udfs.base import FORCED, HINT
from udfs.upward import DUPLICATE, IN_THE_SUM, Receipt, Received, seal_is_broken

#: Ends the name of every notice, and of the folder of notices beside what is received.
NOTICE = "退回单"
_HEADING = ("序号", "级别", "位置", "问题和处理办法")
_WIDTHS = (12.0, 14.0, 34.0, 96.0)


def write_returns(receipt: Receipt, out: Path, only: str = "") -> list[Path]:
    """Write the notices into a folder beside `out`, in place of those of an earlier run; what was written.

    `only`: the one file whose unit is to get a notice; those of others stay.
    """
    folder = out.with_name(f"{out.stem}-{NOTICE}")
    wanted = [file for file in receipt.files if _to_mend(file) and only in ("", file.file)]
    for old in folder.glob(f"*-{NOTICE}.docx") if folder.is_dir() and not only else ():
        with contextlib.suppress(OSError):  # one that is open in Word stays
            old.unlink()
    if not wanted:
        return []
    from addin.document import write_notice

    written: list[Path] = []
    for file in wanted:
        name = "-".join(filter(None, (file.fact("unit_code"), file.fact("unit_name")))) or Path(file.file).stem
        path = folder / f"{in_a_name(name)}-{NOTICE}.docx"
        number = 2
        while path in written:
            path = path.with_name(f"{path.name.removesuffix(f'-{NOTICE}.docx')}（{number}）-{NOTICE}.docx")
            number += 1
        with new_file(path) as temporary:
            write_notice(temporary, f"预算公开{NOTICE}", list(_lines(receipt, file)), _HEADING, _rows(file), _WIDTHS)
        written.append(path)
    return written


def _to_mend(file: Received) -> bool:
    """Whether a unit has something to mend: whatever is not taken as it is. One of two that were sent is no fault."""
    if file.state == DUPLICATE:
        return False
    odd = seal_is_broken(file) or bool(file.summary.looks)
    return file.state not in IN_THE_SUM or file.count(FORCED) > 0 or odd


def _lines(receipt: Receipt, file: Received) -> Iterator[str]:
    unit = file.fact("unit_name") or file.fact("unit_code") or Path(file.file).name
    yield f"{unit}："
    told = "，".join(f"{grade}{file.count(grade)}条" for grade in (FORCED, HINT) if file.count(grade))
    asked = f"有以下问题（{told}）" if told else "不能采用"
    yield f"你单位报送的“{Path(file.file).name}”{asked}，请改正后重新定稿上报。"
    if told:
        yield "每条是一个原因，由它引起的其他不符改正后一并消除。"
    if file.remark:
        yield f"收表情况：{receipt.state_of(file)}。{file.remark}。"


def _rows(file: Received) -> list[tuple[str, ...]]:
    """What has to be mended first, then what needs an explanation, then what changed under the seal."""
    found = [f for f in file.summary.findings if f.grade == FORCED or not f.explanation]
    places = [(f.grade, f"{f.sheet}!{f.cell}" if f.cell else f.sheet, f.message) for f in found]
    places += [("封印", "", change) for change in (file.seal.changes if file.seal else ())]
    places += [("外观", "", look) for look in file.summary.looks]
    return [(str(number), *place) for number, place in enumerate(places, 1)]
