"""The receipt list (收表情况): which workbook of which unit is taken, which is not and why, and who is missing."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from udfs.base import FORCED, HINT, NOTE, squeezed
from udfs.upward.answers import Holds, SealFound, Signed, State, Summary
from udfs.upward.seal import SealState
from workbook_templates.reading import same_form, title_of

TAKEN, TAKEN_WITH_FAULTS, PRINTED_ONLY = "已汇总", "已汇总，有强制问题", "已汇总（仅有表格）"
UNREADABLE, UNUSABLE, OTHER_YEAR, DUPLICATE, MISSING = "无法读取", "未汇总", "年度不符", "重复，未采用", "未报"
OTHER_EDITION, DISTRUSTED = "版式不同", "签名不认可"
#: What a state is called where workbooks were looked at and nothing was added up.
CHECKED = {
    TAKEN: "可以汇总",
    TAKEN_WITH_FAULTS: "有强制问题",
    PRINTED_ONLY: "可以汇总（仅有表格）",
    UNUSABLE: "不能汇总",
}
#: States in which a workbook is part of the sum.
IN_THE_SUM = (TAKEN, TAKEN_WITH_FAULTS, PRINTED_ONLY)
_TO_THE_MINUTE = len("2024-01-01 00:00")
#: No workbook was sealed before, and clocks of two machines differ by less.
_EARLIEST, _CLOCKS = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC), datetime.timedelta(days=1)
#: States of a seal that was there and no longer holds, in the words of a remark.
_BROKEN: Mapping[str, str] = {SealState.CHANGED: "封印有改动", SealState.DAMAGED: "封印损坏"}


class Received(Struct, frozen=True):
    """One file with what was found out about it; `key` is the hash of its contents, empty where it has none."""

    file: str
    key: str
    summary: Summary
    state: str = ""
    remark: str = ""
    older: bool = False  #: an earlier run has taken one of this unit that was sealed later
    untimely: bool = False  #: sealed at a time at which it cannot have been

    def fact(self, name: str) -> str:
        """A fact about its unit, empty where it could not be read."""
        return str(getattr(self.summary.facts, name))

    @property
    def sealed_at(self) -> datetime.datetime | None:
        """When it was sealed; None where it has no intact seal that says so, and where it cannot have been then."""
        if self.seal is None or self.seal.state is not SealState.INTACT or self.untimely:
            return None
        return _moment(self.seal.sealed_at)

    @property
    def code(self) -> str:
        """What tells its unit from others: the code, else the name."""
        return self.fact("unit_code") or squeezed(self.fact("unit_name"))

    def count(self, grade: str) -> int:
        """Findings of a grade."""
        return self.summary.counts.get(grade, 0)

    @property
    def seal(self) -> SealFound | None:
        """What is known of its seal, None where it could not be read."""
        return self.summary.seal


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
        taken = all(f.state in (TAKEN, PRINTED_ONLY) for f in self.files)
        clean = taken and not any(seal_is_broken(f) or f.summary.looks or f.older or f.untimely for f in self.files)
        return clean and not self.missing and bool(self.files)


def _moment(text: str) -> datetime.datetime | None:
    """A moment in ISO format; None where it is none that can be told in every time zone."""
    try:
        moment = datetime.datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
        moment.astimezone(datetime.UTC)
    except (ValueError, OverflowError):
        return None
    return moment


def _is_of(file: Received, unit: Expected) -> bool:
    """Whether a file is of a unit of the list: by its code, by its name where the list gives none."""
    return _expected_key(unit) in _identities(file)


def seal_is_broken(file: Received) -> bool:
    """Whether a seal was there and no longer holds."""
    return file.seal is not None and file.seal.state in _BROKEN


#: Owners of keys by key in hex: what a key is called, and the code of the unit it signs for (empty: any).
Keys = Mapping[str, tuple[str, str]]


def receipt(
    files: Sequence[Received],
    expected: Sequence[Expected] = (),
    known: Keys | None = None,
    past: Mapping[str, datetime.datetime] | None = None,
    now: datetime.datetime | None = None,
) -> Receipt:
    """Decide on every file: the year and edition of most, one workbook a unit, the rest with the reason.

    Files of one name, or of one code without the zeros before it, are of one unit. `known`: the keys that the office
    knows; where given, only what one of them has signed for its own unit is taken. `past`: see `sealed_when`. `now`:
    what says to have been sealed later does not displace what was sealed before.
    """
    files = [_timed(f, now or datetime.datetime.now(datetime.UTC)) for f in files]
    files = [_signed(f, known) for f in files] if known is not None else files
    read = [f for f in files if f.summary.holds]
    year = _most(f.fact("year") for f in read)
    edition = _most(f.fact("edition") for f in read if f.fact("year") == year)
    candidates = [f for f in read if f.fact("year") == year and same_form(f.fact("edition"), edition) and f.code]
    candidates = [f for f in candidates if f.state != DISTRUSTED]
    best: dict[str, Received] = {}
    for file in sorted(candidates, key=_preference):
        one = next((best[key] for key in _identities(file) if key in best), file)
        for key in _identities(file):
            best.setdefault(key, one)
    twice = {id(file): inner for file in best.values() if (inner := _sent_apart(file, best))}
    taken = {id(file) for file in best.values()} - set(twice)
    decided = [_decide(f, taken, best, year, edition, twice.get(id(f), "")) for f in files]
    decided = [_compared(f, year, past or {}) for f in decided]
    decided.sort(key=lambda f: (f.state == UNREADABLE, f.code, f.state not in IN_THE_SUM, f.file))
    sent = {key for f in decided if f.state in IN_THE_SUM for key in _identities(f)}
    gone = tuple(e for e in expected if _expected_key(e) not in sent)
    notes = []
    if expected:
        listed_keys = {key for e in expected for key in (_code_key(e.code), _name_key(e.name)) if key}
        extra = [f for f in decided if f.state in IN_THE_SUM and listed_keys.isdisjoint(_identities(f))]
        if extra:
            listed = "、".join(f.fact("unit_name") for f in extra[:10]) + ("等" if len(extra) > 10 else "")
            notes.append(f"应报单位清单中没有的单位{len(extra)}个：{listed}")
    return Receipt(tuple(decided), gone, year, edition, tuple(notes))


def _timed(file: Received, now: datetime.datetime) -> Received:
    """A file, marked where its intact seal tells no time at which it can have been sealed."""
    if file.seal is None or file.seal.state is not SealState.INTACT:
        return file
    moment = _moment(file.seal.sealed_at)
    return replace(file, untimely=moment is None or not _EARLIEST <= moment <= now + _CLOCKS)


def sealed_when(decided: Receipt) -> dict[str, datetime.datetime]:
    """When what is taken was sealed, in UTC, by year and unit: what later runs are compared with."""
    return {
        f"{decided.year}/{unit}": moment.astimezone(datetime.UTC)
        for file in decided.taken
        if (moment := file.sealed_at)
        for unit in _identities(file)
    }


def _compared(file: Received, year: str, past: Mapping[str, datetime.datetime]) -> Received:
    """A file that is taken, and is older than what an earlier run has taken of its unit, with the word of it."""
    known = [past[key] for unit in _identities(file) if (key := f"{year}/{unit}") in past]
    if file.state not in IN_THE_SUM or not known:
        return file
    before, moment = max(known), file.sealed_at
    if moment is not None and moment >= before:
        return file
    mine = f"本份定稿于{moment:%Y-%m-%d %H:%M}" if moment else "本份没有完好的封印"
    mine = "本份的定稿时间不可信" if file.untimely else mine
    there = before.astimezone(moment.tzinfo if moment else None)
    word = f"以前收到过该单位定稿于{there:%Y-%m-%d %H:%M}的，{mine}，可能是旧文件，请与单位核实"
    return replace(file, older=True, remark="；".join(filter(None, (word, file.remark))))


def _most(values: Any) -> str:
    """The value that most have; the larger where as many have another."""
    counted = Counter(value for value in values if value)
    return max(counted, key=lambda value: (counted[value], value), default="")


def _code_key(code: str) -> str:
    return f"码{squeezed(code).lstrip('0') or '0'}" if squeezed(code) else ""


def _name_key(name: str) -> str:
    return f"名{squeezed(name)}" if squeezed(name) else ""


def _identities(file: Received) -> list[str]:
    """What a unit is told by: its code without the zeros before it, and its name."""
    return [key for key in (_code_key(file.fact("unit_code")), _name_key(file.fact("unit_name"))) if key]


def _expected_key(unit: Expected) -> str:
    return _code_key(unit.code) or _name_key(unit.name)


def _signed(file: Received, known: Keys) -> Received:
    """A file with the state of one that no known key vouches for, and why, where that is so."""
    seal = file.seal
    if file.summary.state is State.REFUSED or seal is None:
        return file
    name, code = known.get(seal.key, ("", ""))
    own = file.fact("unit_code")
    if seal.signature is Signed.INVALID:
        why = "签名无效：签名与封印不符"
    elif not seal.key:
        why = "没有数字签名，本次只接收已登记公钥签名的文件"
    elif seal.state is not SealState.INTACT:
        why = f"{_BROKEN.get(seal.state, '没有封印')}：{_first(seal)}"
    elif seal.signature is not Signed.VALID:
        why = "签名未能核对（没有安装 cryptography）"
    elif not name:
        why = f"签名的密钥 {seal.key[:16]} 不在已登记的公钥之中"
    elif code and _code_key(code) != _code_key(own):
        why = f"签名的密钥登记为“{name}”，不能为单位编码{own or '（未填）'}签名"
    else:
        return file
    return replace(file, state=DISTRUSTED, remark=why)


def _preference(file: Received) -> tuple[Any, ...]:
    """What comes first of several workbooks of one unit: an intact seal, sealed last, fewer faults, then by name."""
    moment = file.sealed_at
    intact = file.seal is not None and file.seal.state is SealState.INTACT
    return (not intact, -moment.timestamp() if moment else 0.0, file.count(FORCED), file.count(HINT), file.file)


def _why_other(file: Received, other: Received) -> str:
    """Why the other of two workbooks of one unit was taken."""
    if other.key == file.key:
        return "内容完全相同"
    mine, theirs = file.sealed_at, other.sealed_at
    if theirs and mine:
        if theirs != mine:
            return f"不是同一份：采用定稿较晚的，{theirs:%Y-%m-%d %H:%M}，本份{mine:%Y-%m-%d %H:%M}"
        return "不是同一份：定稿时间相同"
    if theirs:
        return f"不是同一份：采用{'定稿时间可信' if file.untimely else '封印完好'}的"
    return "不是同一份：都没有完好的封印，采用问题较少的，请确认"


def _sent_apart(file: Received, best: Mapping[str, Received]) -> str:
    """A unit whose money is in this workbook and that sent one of its own; empty where there is none."""
    own = _identities(file)
    for member in file.summary.members:
        for key in (_code_key(member), _name_key(member)):
            if key not in own and key in best and best[key] is not file:
                return best[key].fact("unit_name")
    return ""


def _decide(
    file: Received, taken: set[int], best: Mapping[str, Received], year: str, edition: str, twice: str
) -> Received:
    summary = file.summary
    if summary.state is State.REFUSED:
        return replace(file, state=UNREADABLE, remark=summary.message)
    if not summary.holds:
        return replace(file, state=UNUSABLE, remark=summary.message or "预算明细和各表都是空的")
    if file.fact("year") != year:
        return replace(file, state=OTHER_YEAR, remark=f"为{file.fact('year') or '未填'}年，本次汇总{year}年")
    if not same_form(file.fact("edition"), edition):
        remark = f"为{title_of(file.fact('edition'))}，本次汇总{title_of(edition)}"
        return replace(file, state=OTHER_EDITION, remark=remark)
    if file.state == DISTRUSTED:
        return file
    if not file.code:
        return replace(file, state=UNUSABLE, remark="没有填写单位编码和单位名称")
    if twice:
        return replace(file, state=DUPLICATE, remark=f"其中的单位“{twice}”已单独报送，为免重复计算未采用")
    if id(file) not in taken:
        other = next(best[key] for key in _identities(file) if key in best)
        return replace(file, state=DUPLICATE, remark=f"同一单位采用了“{other.file}”（{_why_other(file, other)}）")
    remarks = []
    if file.seal is not None and seal_is_broken(file):
        remarks.append(f"{_BROKEN[file.seal.state]}：{_first(file.seal)}")
    if file.seal is not None and file.untimely:
        when = file.seal.sealed_at[:_TO_THE_MINUTE].replace("T", " ") or "空"
        remarks.append(f"封印中的定稿时间为{when}，不可能在那时定稿，请与单位核实，检查电脑的日期后重新定稿")
    if summary.looks:
        remarks.append(f"看到的数与所填的不同{len(summary.looks)}处：{summary.looks[0]}，应退回改正")
    if file.count(FORCED):
        remarks.append(f"强制问题{file.count(FORCED)}条，应退回改正")
    if summary.holds is Holds.TABLES and not file.fact("unit_kind"):
        remarks.append("没有填写单位性质，汇总后请在“基础信息”的所属单位清单中补填")
    state = TAKEN_WITH_FAULTS if file.count(FORCED) else TAKEN
    if summary.holds is Holds.TABLES and state == TAKEN:
        state = PRINTED_ONLY
    return replace(file, state=state, remark="；".join(remarks))


def _first(seal: SealFound) -> str:
    more = f"等{seal.count}处" if seal.count > 1 else ""
    return f"{seal.changes[0] if seal.changes else seal.message}{more}"


GRADES = (FORCED, HINT, NOTE)
