"""Which unit a code or a name means: codes whose zeros were lost, names written in other brackets; what is in doubt."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from udfs.base import squeezed
from udfs.ledgers.ledger import Ledger, numbered
from udfs.ledgers.unit import Unit, UnitInfo

_NOT_SAID = re.compile(r"[\s()（）\[\]【】〔〕《》〈〉“”\"'‘’·,，、.。:：\-—_]+")


def code_key(code: str) -> str:
    """A code for comparing: a number typed as one has lost the zeros before it."""
    text = squeezed(code)
    return (text.lstrip("0") or text) if text.isdigit() else text


def name_key(name: str) -> str:
    """A name for comparing: without spaces, brackets and marks, full width as half."""
    return _NOT_SAID.sub("", unicodedata.normalize("NFKC", name))


class Doubt(Struct, frozen=True):
    """What is to be asked about units. `certain`: both cannot be right; `code` and `name`: as they were typed."""

    message: str
    code: str
    name: str
    certain: bool


class UnitRegister:
    """The units of a workbook by code and by name: its own, those of the list, and those that the ledgers name."""

    def __init__(self, info: UnitInfo, pairs: Sequence[tuple[str, str]]) -> None:
        """`pairs`: every code and name that occurs together in the ledgers, in order."""
        self.info = info
        self.pairs = list(dict.fromkeys(pairs))
        by_name = {squeezed(u.name): u for u in info.units}
        listed = {code_key(u.code): u for u in info.units if u.code}
        # A workbook that does not yet say its own code knows itself by name.
        own = info.own if info.own.code else by_name.get(squeezed(info.own.name), info.own)
        entry = listed.get(code_key(own.code)) if own.code else None
        self.own = Unit(own.code, entry.name, entry.kind or own.kind) if entry else own
        self._by_code = dict(listed)
        if own.code:
            self._by_code[code_key(own.code)] = self.own
        named = [*info.units, self.own] if own.name else list(info.units)
        self._by_name = {name_key(u.name): self._by_code.get(code_key(u.code), u) for u in named}
        for code, name in self.pairs:
            if code and code_key(code) not in self._by_code:
                whole = max((c for c, _ in self.pairs if code_key(c) == code_key(code)), key=len)
                called = name or next((n for c, n in self.pairs if n and code_key(c) == code_key(code)), "")
                self._by_code[code_key(code)] = Unit(whole, called, "")

    def unit(self, code: str, name: str) -> Unit:
        """The unit that a ledger's row means; without a code and a name the workbook's own."""
        if code:
            return self._by_code[code_key(code)]
        if not name:
            return self.own
        return self._by_name.get(name_key(name)) or self._named_in_ledger(name)

    def _named_in_ledger(self, name: str) -> Unit:
        with_code = [c for c, n in self.pairs if c and name_key(n) == name_key(name)]
        if with_code:
            return self._by_code[code_key(with_code[0])]
        first = next((n for c, n in self.pairs if not c and name_key(n) == name_key(name)), name)
        return Unit(first, first, "")

    def doubts(self) -> list[Doubt]:
        """Everything that does not fit together, once each."""
        return list(dict.fromkeys(self._doubts()))

    def _doubts(self) -> Iterable[Doubt]:
        yield from self._kinds()
        known: list[tuple[str, str]] = [(u.code, u.name) for u in (self.info.own, *self.info.units) if u.code]
        names: dict[str, tuple[str, str]] = {}  # code key -> the first code and name
        codes: dict[str, tuple[str, str]] = {}  # name key -> the first code and name
        for number, (code, name) in enumerate([*known, *self.pairs]):
            if not code or not name:
                if name and not code:
                    yield from self._near(name, number < len(known))
                continue
            first = names.setdefault(code_key(code), (code, name))
            if first[0] != code:
                yield Doubt(
                    f"单位编码“{code}”与“{first[0]}”只差前面的0，按同一单位处理，请统一写法", code, name, certain=False
                )
            other = codes.setdefault(name_key(name), (code, name))
            if self._is_department_of(other[0], code):
                # A department and its own office go by one name; the units below are told apart from the office.
                other = codes[name_key(name)] = (code, name)
            another_name = name_key(first[1]) != name_key(name)
            another_code = code_key(other[0]) != code_key(code)
            if another_name and another_code:
                message = f"单位编码“{code}”是“{first[1]}”的，而单位名称是“{name}”（编码{other[0]}），请核对后改正"
                yield Doubt(message, code, name, certain=True)
            elif another_name:
                message = f"单位编码“{code}”有两个名称：“{first[1]}”和“{name}”，请核对是哪一个单位并改正"
                yield Doubt(message, code, name, certain=True)
            elif another_code:
                message = f"单位“{name}”有两个编码：“{other[0]}”和“{code}”，请核对是哪一个并改正"
                yield Doubt(message, code, name, certain=True)
            elif first[1] != name:
                message = f"单位名称“{name}”与“{first[1]}”只差括号、空格或全半角，按同一单位处理，请统一写法"
                yield Doubt(message, code, name, certain=False)

    def _is_department_of(self, code: str, unit: str) -> bool:
        """Whether the workbook's own code is that of a department, which the codes of its units begin with."""
        own = squeezed(self.info.own.code)
        return (
            bool(own) and code_key(code) == code_key(own) != code_key(unit) and code_key(unit).startswith(code_key(own))
        )

    def _near(self, name: str, known: bool) -> Iterable[Doubt]:
        unit = self.unit("", name)
        if not known and unit.name != name and name_key(unit.name) == name_key(name):
            message = f"单位名称“{name}”与“{unit.name}”只差括号、空格或全半角，按同一单位处理，请统一写法"
            yield Doubt(message, "", name, certain=False)

    def _kinds(self) -> Iterable[Doubt]:
        own, info = self.info.own, self.info
        for unit in info.units:
            same = (own.code and code_key(unit.code) == code_key(own.code)) or (
                not own.code and own.name and name_key(unit.name) == name_key(own.name)
            )
            if same and own.kind and unit.kind and own.kind != unit.kind:
                message = f"单位性质在单位基本情况中是“{own.kind}”，在所属单位清单中是“{unit.kind}”，请核对后改为一致"
                yield Doubt(message, unit.code, unit.name, certain=True)


def ledger_pairs(ledgers: Iterable[Ledger]) -> list[tuple[str, str]]:
    """The distinct pairs of a unit's code and name in ledgers, in order of appearance, without those of nothing."""
    found: dict[tuple[str, str], None] = {}
    for ledger in ledgers:
        (codes, code_texts), (names, name_texts) = ledger.column("unit"), ledger.column("unit_name")
        for pair in numbered(codes * len(name_texts) + names)[1].tolist():
            code, name = code_texts[pair // len(name_texts)], name_texts[pair % len(name_texts)]
            if code or name:
                found.setdefault((code, name))
    return list(found)


def with_whole_codes(ledger: Ledger, info: UnitInfo) -> Ledger:
    """The ledger with one spelling of every unit's code: the longest, where zeros were lost."""
    if "unit" not in ledger.columns:
        return ledger
    register = UnitRegister(info, ledger_pairs([ledger]))
    codes, texts = ledger.column("unit")
    whole = [register.unit(code, "").code if code else "" for code in texts]
    order = list(dict.fromkeys(whole))
    at = np.array([order.index(code) for code in whole], np.intp)
    return replace(ledger, columns={**ledger.columns, "unit": (at[codes], order)})


def kinds_said(said: Mapping[str, str], unit: Unit) -> str:
    """The kind of a unit that a ledger's own column said, by code or by name."""
    return said.get(code_key(unit.code)) or said.get(name_key(unit.name), "")
