"""One cause, one finding: what fails only because something else is wrong is folded into that finding."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from msgspec import structs

from udfs.base import FORCED, NOTE, Figures, Finding, Suspect
from udfs.checks import Inspection
from udfs.reconciliation import Found

_TABLES, _BETWEEN, _LEDGER, _FORM = "A", "B", "C", "F"  #: families of findings
_OLDER = "C04"
_FORMS_OLDER = "E41"
_TEXT_OLDER = "D16"
#: What the rows of a table have wrong, each of which makes others of these and relations fail.
_ROWS = ("F55", "F31", "F25", "C02", "F32", "F33", "F34", _OLDER)
_ORDER = "F33"  #: only the order is wrong: every relation still finds its rows
_CELL = "C01"
#: Checks that name another unit of measure as the cause, and how often a smaller unit goes into 万元.
_MEASURES = ("F16", "E11")
_TIMES_UNIT = (10_000, 10)
_TIMES = "F37"
#: Sums within 基础信息; what a finding of the text says of a number: its name, as it is told and as it should be.
_SUMS = ("E05", "E07", "E09", "F17")
_TOLD = re.compile(r"“(?P<name>[^”]+)”写的是(?P<text>\d+(?:\.\d+)?)\D[^“]*为(?P<input>\d+(?:\.\d+)?)")

Cell = tuple[str, str]


def gather(
    inspection: Inspection, findings: Sequence[Finding], searched: Found, without: Mapping[Figures, str]
) -> tuple[Finding, ...]:
    """The findings, each cause once, in their order; what follows from a cause stands in its finding's `also`."""
    sheets = {form.code: form.sheet for form in inspection.edition.forms}
    touched = {
        d.number: [sheets[ref.form] for ref in (*d.left, *d.right, *d.rows) if ref.form in sheets]
        for d in inspection.edition.relations
    }
    causes = _Causes(findings, touched)
    causes.rows()
    causes.cells()
    causes.relations(searched, without)
    causes.figures()
    causes.measures()
    causes.sums()
    causes.text()
    causes.same()
    return causes.left()


class _Causes:
    """Findings by index, and into which other one each of them is folded."""

    def __init__(self, findings: Sequence[Finding], touched: Mapping[str, Sequence[str]]) -> None:
        self.findings = list(findings)
        self.touched = touched
        self.broken: dict[str, int] = {}
        self.wrong: dict[Cell, int] = {}
        self.into: dict[int, int] = {}

    def _open(self, *rules: str) -> list[int]:
        """Findings that are not folded, of some rules or families."""
        return [i for i, f in enumerate(self.findings) if i not in self.into and f.rule.startswith(rules)]

    def _fold(self, followers: Iterable[int], head: int) -> None:
        for i in followers:
            if i != head and i not in self.into:
                self.into[i] = head

    def rows(self) -> None:
        """A row too many or too few in a table: the first fault of its rows stands for the others."""
        by_sheet: dict[str, list[int]] = {}
        for rule in _ROWS:
            for i in self._open(rule):
                by_sheet.setdefault(self.findings[i].sheet, []).append(i)
        for same in by_sheet.values():
            self._fold(same[1:], same[0])
            if self.findings[same[0]].rule != _ORDER:
                self.broken[self.findings[same[0]].sheet] = same[0]

    def cells(self) -> None:
        """A cell that the ledger or another table shows to be wrong explains every relation that it makes fail."""
        for i in self._open(_CELL, _TIMES):
            f = self.findings[i]
            at = (f.sheet, f.cell)
            if at in self.wrong:
                self._fold([i], self.wrong[at])
            elif f.sheet in self.broken:
                self._fold([i], self.broken[f.sheet])
            self.wrong.setdefault(at, self.into.get(i, i))
        for i in self._open(_OLDER):
            for s in self.findings[i].suspects:
                self.wrong.setdefault((s.sheet, s.cell), i)
            self._fold(self._open(_FORMS_OLDER), i)  # made anew by the same click

    def relations(self, searched: Found, without: Mapping[Figures, str]) -> None:
        """Relations by the cells that are likely wrong: the fewest cells that explain them all.

        `without`: findings of relations one side of which is missing, with the table that lacks the row.
        """
        failing = [i for i in self._open(_TABLES, _BETWEEN) if self.findings[i].grade != NOTE]
        for i in failing:
            f = self.findings[i]
            head = next((self.wrong[p] for p in _places(f.suspects) if p in self.wrong), None)
            if head is None:
                head = next((self.broken[sheet] for sheet in self.touched[f.rule] if sheet in self.broken), None)
            if head is not None:
                self._fold([i], head)
        for i in failing:
            sheet = without.get(self.findings[i].figures)
            if sheet and i not in self.into:
                self._fold([j for j in failing if sheet in self.touched[self.findings[j].rule]], i)
                self.broken[sheet] = i
        rest = [i for i in failing if i not in (*self.into, *self.broken.values()) and self.findings[i].suspects]
        if searched.wrong == 1 and rest:
            self._one(rest, _places(searched.suspects)[0], searched.suspects)
            return
        while rest:
            counts: dict[Cell, int] = {}
            for i in rest:
                for place in _places(self.findings[i].suspects):
                    counts[place] = counts.get(place, 0) + 1
            most = max(counts, key=lambda place: counts[place])
            own = [i for i in rest if most in _places(self.findings[i].suspects)]
            self._one(own, most, ())
            rest = [i for i in rest if i not in own]

    def _one(self, same: Sequence[int], likely: Cell, suspects: tuple[Suspect, ...]) -> None:
        """The relations that one wrong cell makes fail: one at the likely cell stands for all, else the narrowest."""

        def rank(i: int) -> tuple[bool, int, int]:
            f = self.findings[i]
            return (f.sheet, f.cell) != likely, len(f.suspects), i

        head = min(same, key=rank)
        self._fold(same, head)
        if suspects:
            self.findings[head] = structs.replace(self.findings[head], suspects=suspects)

    def figures(self) -> None:
        """Text and forms that show the right amount where a table shows a wrong one."""
        slips: dict[tuple[str, str], int] = {}
        for i, f in enumerate(self.findings):
            if i not in self.into and f.grade == FORCED and f.rule[0] in (_TABLES, _BETWEEN, _LEDGER, _FORM):
                for s in f.suspects:
                    if s.shown != s.suggested:
                        slips.setdefault((s.suggested or "0.00", s.shown or "0.00"), i)
        for i in self._open("D", "E"):
            f = self.findings[i]
            head = slips.get((f.left, f.right)) if f.left and f.right else None
            if head is not None:
                self._fold([i], head)

    def measures(self) -> None:
        """What is compared with an amount in another unit of measure fails because of it."""
        for i in self._open(*_MEASURES):
            told = {name: str(value) for name, value in self.findings[i].words.values}
            if not told.get("slip"):
                continue
            wrong, name = told["value"], told.get("name", "")
            same = [j for j in self._open("D", "E") if j != i and _speaks_of(self.findings[j], wrong, name)]
            self._fold(same, i)
            if any(self.findings[j].grade == FORCED for j in same):
                self.findings[i] = structs.replace(self.findings[i], grade=FORCED)

    def sums(self) -> None:
        """A number of 基础信息 with which its sum fails and that the text tells rightly: the sum is the finding."""
        for i in self._open(*_SUMS):
            whole = self.findings[i]
            for j in self._open("D"):
                told = _TOLD.search(self.findings[j].message)
                if told and told["name"] in whole.message:
                    apart = Decimal(told["text"]) - Decimal(told["input"])
                    if abs(apart) == abs(Decimal(whole.difference)):
                        self._fold([j], i)

    def text(self) -> None:
        """Sections that the program wrote from figures of before; one whose faults all have another cause is none."""
        for i in self._open(_TEXT_OLDER):
            places = _places(self.findings[i].suspects)
            about = [j for j, f in enumerate(self.findings) if j != i and f.rule[0] == "D" and f.grade == FORCED]
            about = [j for j in about if (self.findings[j].sheet, self.findings[j].cell) in places]
            if own := [j for j in about if j not in self.into]:
                self._fold(own, i)
            elif about:
                self._fold([i], self.into[about[0]])

    def same(self) -> None:
        """Two checks of the text that hold one figure of it against the same other figure."""
        first: dict[tuple[str, str, str], int] = {}
        for i in self._open("D"):
            f = self.findings[i]
            if f.left and f.right:
                self._fold([i], first.setdefault((f.place, f.left, f.right), i))

    def left(self) -> tuple[Finding, ...]:
        """What is not folded, each with the rules that follow from it."""
        also: dict[int, dict[str, None]] = {}
        for i in self.into:
            head = i
            while head in self.into:
                head = self.into[head]
            if self.findings[i].rule != self.findings[head].rule:
                also.setdefault(head, {})[self.findings[i].rule] = None
        kept = [i for i in range(len(self.findings)) if i not in self.into]
        return tuple(
            structs.replace(self.findings[i], also=tuple(sorted(also[i]))) if i in also else self.findings[i]
            for i in kept
        )


def _speaks_of(finding: Finding, wrong: str, name: str) -> bool:
    """Whether a finding is about an amount that is wrong, of a project where one is named, or misses by it."""
    if "count" in dict(finding.words.values):
        return False  # about more than one form
    texts = {text.strip("“”").removesuffix("万元").removesuffix("元") for text in finding.words.texts}
    if wrong in {*texts, finding.left, finding.right}:
        return not name or name in texts
    return not name and _misses(finding, wrong)


def _misses(finding: Finding, wrong: str) -> bool:
    """Whether two sides differ by what an amount has too much where it is in 元 or 千元 instead of 万元."""
    if not finding.difference:
        return False
    surplus = (Decimal(wrong) - Decimal(wrong) / times for times in _TIMES_UNIT)
    return abs(Decimal(finding.difference)) in [amount.quantize(Decimal("0.01")) for amount in surplus]


def _places(suspects: Sequence[Suspect]) -> list[Cell]:
    return [(s.sheet, s.cell) for s in suspects]
