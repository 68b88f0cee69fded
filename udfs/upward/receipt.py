"""The receipt list (收表情况): which workbook of which unit is taken, which is not and why, and who is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from udfs.base import FORCED, HINT, NOTE, squeezed
from udfs.upward.seal import SealState
from workbook_templates.reading import same_form, title_of

TAKEN, TAKEN_WITH_FAULTS, PRINTED_ONLY = "已汇总", "已汇总，有强制问题", "已汇总（仅有表格）"
UNREADABLE, UNUSABLE, OTHER_YEAR, DUPLICATE, MISSING = "无法读取", "未汇总", "年度不符", "重复，未采用", "未报"
OTHER_EDITION = "版式不同"
#: What a state is called where workbooks were looked at and nothing was added up.
CHECKED = {
    TAKEN: "可以汇总",
    TAKEN_WITH_FAULTS: "有强制问题",
    PRINTED_ONLY: "可以汇总（仅有表格）",
    UNUSABLE: "不能汇总",
}
#: States in which a workbook is part of the sum.
IN_THE_SUM = (TAKEN, TAKEN_WITH_FAULTS, PRINTED_ONLY)
#: States of a seal that was there and no longer holds, in the words of a remark.
_BROKEN: Mapping[str, str] = {SealState.CHANGED: "封印有改动", SealState.DAMAGED: "封印损坏"}

Summary = Mapping[str, Any]


class Received(Struct, frozen=True):
    """One file with what was found out about it; `key` is the hash of its contents, empty where it has none."""

    file: str
    key: str
    summary: Summary
    state: str = ""
    remark: str = ""

    def fact(self, name: str) -> str:
        """A fact about its unit, empty where it could not be read."""
        return str(self.summary.get("facts", {}).get(name, ""))

    @property
    def code(self) -> str:
        """What tells its unit from others: the code, else the name."""
        return self.fact("unit_code") or squeezed(self.fact("unit_name"))

    def count(self, grade: str) -> int:
        """Findings of a grade."""
        return int(self.summary.get("counts", {}).get(grade, 0))

    @property
    def seal(self) -> Mapping[str, Any]:
        """What is known of its seal."""
        seal: Mapping[str, Any] = self.summary.get("seal", {})
        return seal


class Expected(Struct, frozen=True):
    """A unit that has to send a workbook."""

    code: str
    name: str


class Receipt(Struct, frozen=True):
    """All files in order of their units, then those that cannot be read, then the units that sent none."""

    files: tuple[Received, ...]
    missing: tuple[Expected, ...]
    year: str
    edition: str
    notes: tuple[str, ...] = field(default=())
    added: bool = True  #: False where workbooks were looked at and nothing was added up

    def state_of(self, file: Received) -> str:
        """The state of a file as the list calls it."""
        return file.state if self.added else CHECKED.get(file.state, file.state)

    def why_missing(self, unit: Expected) -> str:
        """What is said of a unit that is missing: whether nothing came from it, or nothing that could be taken."""
        came = next((file.file for file in self.files if _is_of(file, unit)), None)
        if came:
            return f"应报单位清单中有；收到了“{came}”，没有采用，原因见该文件的一行"
        return "应报单位清单中有，没有收到"

    @property
    def taken(self) -> tuple[Received, ...]:
        """The files that are part of the sum."""
        return tuple(f for f in self.files if f.state in IN_THE_SUM)

    @property
    def good(self) -> bool:
        """Whether every file is part of the sum, without 强制 findings and broken seals, and no unit is missing."""
        clean = all(f.state in (TAKEN, PRINTED_ONLY) and not seal_is_broken(f) for f in self.files)
        return clean and not self.missing and bool(self.files)


def _is_of(file: Received, unit: Expected) -> bool:
    """Whether a file is of a unit of the list: by its code, by its name where the list gives none."""
    return file.code == unit.code if unit.code else squeezed(file.fact("unit_name")) == squeezed(unit.name)


def seal_is_broken(file: Received) -> bool:
    """Whether a seal was there and no longer holds."""
    return file.seal.get("state") in _BROKEN


def receipt(files: Sequence[Received], expected: Sequence[Expected] = ()) -> Receipt:
    """Decide on every file: the year and edition of most, one workbook a unit, the rest with the reason."""
    read = [f for f in files if f.summary["state"] == "read" and f.summary.get("holds")]
    year = _most(f.fact("year") for f in read)
    edition = _most(f.fact("edition") for f in read if f.fact("year") == year)
    candidates = [f for f in read if f.fact("year") == year and same_form(f.fact("edition"), edition) and f.code]
    best: dict[str, Received] = {}
    for file in sorted(candidates, key=_preference):
        best.setdefault(file.code, file)
    twice = {id(file): inner for file in best.values() if (inner := _sent_apart(file, best))}
    taken = {id(file) for file in best.values()} - set(twice)
    decided = [_decide(f, taken, best, year, edition, twice.get(id(f), "")) for f in files]
    decided.sort(key=lambda f: (f.state == UNREADABLE, f.code, f.state not in IN_THE_SUM, f.file))
    sent = {f.code for f in decided if f.code and f.state in IN_THE_SUM}
    names = {squeezed(f.fact("unit_name")) for f in decided if f.state in IN_THE_SUM}
    gone = tuple(e for e in expected if not (e.code in sent if e.code else squeezed(e.name) in names))
    notes = []
    if expected:
        known = {e.code for e in expected if e.code} | {squeezed(e.name) for e in expected}
        extra = [f for f in decided if f.state in IN_THE_SUM]
        extra = [f for f in extra if f.code not in known and squeezed(f.fact("unit_name")) not in known]
        if extra:
            listed = "、".join(f.fact("unit_name") for f in extra[:10]) + ("等" if len(extra) > 10 else "")
            notes.append(f"应报单位清单中没有的单位{len(extra)}个：{listed}")
    return Receipt(tuple(decided), gone, year, edition, tuple(notes))


def _most(values: Any) -> str:
    """The value that most have; the larger where as many have another."""
    counted = Counter(value for value in values if value)
    return max(counted, key=lambda value: (counted[value], value), default="")


def _preference(file: Received) -> tuple[Any, ...]:
    """What comes first of several workbooks of one unit: an intact seal, sealed last, fewer faults, then by name."""
    intact = file.seal.get("state") == SealState.INTACT
    moment = str(file.seal.get("sealed_at", "")) if intact else ""
    return (not intact, _backwards(moment), file.count(FORCED), file.count(HINT), file.file)


def _backwards(text: str) -> tuple[int, ...]:
    """A key by which later texts come first."""
    return tuple(-ord(c) for c in text)


def _sent_apart(file: Received, best: Mapping[str, Received]) -> str:
    """A unit whose money is in this workbook and that sent one of its own; empty where there is none."""
    inner = [code for code in file.summary.get("members", ()) if code != file.code and code in best]
    return best[inner[0]].fact("unit_name") if inner else ""


def _decide(
    file: Received, taken: set[int], best: Mapping[str, Received], year: str, edition: str, twice: str
) -> Received:
    summary = file.summary
    if summary["state"] != "read":
        return replace(file, state=UNREADABLE, remark=str(summary["message"]))
    if not summary.get("holds"):
        message = str(summary.get("message") or "预算明细和各表都是空的")
        return replace(file, state=UNUSABLE, remark=message)
    if file.fact("year") != year:
        return replace(file, state=OTHER_YEAR, remark=f"为{file.fact('year') or '未填'}年，本次汇总{year}年")
    if not same_form(file.fact("edition"), edition):
        remark = f"为{title_of(file.fact('edition'))}，本次汇总{title_of(edition)}"
        return replace(file, state=OTHER_EDITION, remark=remark)
    if not file.code:
        return replace(file, state=UNUSABLE, remark="没有填写单位编码和单位名称")
    if twice:
        return replace(file, state=DUPLICATE, remark=f"其中的单位“{twice}”已单独报送，为免重复计算未采用")
    if id(file) not in taken:
        other = best[file.code]
        same = "内容完全相同" if other.key == file.key else "不是同一份"
        return replace(file, state=DUPLICATE, remark=f"同一单位采用了“{other.file}”（{same}）")
    remarks = []
    if seal_is_broken(file):
        remarks.append(f"{_BROKEN[file.seal['state']]}：{_first(file)}")
    if file.count(FORCED):
        remarks.append(f"强制问题{file.count(FORCED)}条，应退回改正")
    if summary.get("open_hints"):
        remarks.append(f"提示{summary['open_hints']}条没有审核说明")
    if summary["holds"] == "tables" and not file.fact("unit_kind"):
        remarks.append("没有填写单位性质，汇总后请在“基础信息”的所属单位清单中补填")
    state = TAKEN_WITH_FAULTS if file.count(FORCED) else TAKEN
    if summary["holds"] == "tables" and state == TAKEN:
        state = PRINTED_ONLY
    return replace(file, state=state, remark="；".join(remarks))


def _first(file: Received) -> str:
    changes = file.seal.get("changes") or [file.seal.get("message", "")]
    count = int(file.seal.get("count", 0))
    more = f"等{count}处" if count > 1 else ""
    return f"{changes[0]}{more}"


GRADES = (FORCED, HINT, NOTE)
