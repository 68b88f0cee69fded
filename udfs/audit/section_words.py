"""The words of one section of the text: which phrases name which figure, and what may stand before its number."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

from udfs.audit import verdicts as v
from udfs.audit.figures import Known
from udfs.audit.verdicts import Contradiction, Verdict
from udfs.base import Change, Words, squeezed
from workbook_templates.reading import Figure


@lru_cache(maxsize=64)
def _filler(words: tuple[str, ...], year: int) -> re.Pattern[str]:
    fillers = sorted(map(squeezed, words), key=len, reverse=True)
    own = f"{year}年度?"  # “三公”经费2025年预算
    return re.compile("(?:" + "|".join([own, *map(re.escape, fillers)]) + ")*")


class SectionWords:
    """What the edition says of a section's words, longest phrases first."""

    def __init__(self, known: Known, section: int) -> None:
        self.known = known
        self.section = section
        self._filler = _filler(known.words.fillers, known.year)
        self.phrases = sorted(
            ((squeezed(phrase), f) for f in known.figures(section) for phrase in f.says),
            key=lambda pair: len(pair[0]),
            reverse=True,
        )

    def is_filler(self, text: str) -> bool:
        """Whether a text says nothing: it may stand between a name and its number."""
        return self._filler.fullmatch(squeezed(text)) is not None

    def ends_with(self, lead: str, at: int) -> bool:
        """Whether nothing but filler stands in a squeezed text from a place on."""
        return self._filler.fullmatch(lead[at:]) is not None

    def denied(self, rest: str) -> tuple[str, list[Decimal]]:
        """The longest name at the beginning of words, and the amounts that it may mean: this section's, else all's."""
        own = [(p, f) for p, f in self.phrases if f.unit == "万元" and not f.within and p and rest.startswith(p)]
        everywhere = [
            (squeezed(p), f)
            for f in self.known.words.figures
            for p in f.says
            if f.unit == "万元" and not f.within and p and rest.startswith(squeezed(p))
        ]
        phrase, _ = max(own or everywhere, key=lambda pair: len(pair[0]), default=("", None))
        meant = {f.value for p, f in own or everywhere if p == phrase}
        return phrase, [value for value in map(self.known.value, sorted(meant)) if value is not None]

    def named_change(self, text: str) -> Change | None:
        """The change of a figure that is named without an amount: 没有安排“三公”经费，与上年持平."""
        figure = self.with_change(squeezed(text))
        change = self.known.change(figure.change) if figure is not None else None
        return None if change is None or change.kind in ("missing", "incomparable") else change

    def with_change(self, words: str) -> Figure | None:
        """The figure that words name and that is compared with last year."""
        return next((figure for phrase, figure in self.phrases if figure.change and phrase in words), None)

    def wrong(
        self,
        verdict: Verdict,
        at: int,
        kind: str,
        quote: str,
        message: Words,
        left: Decimal | None = None,
        right: Decimal | None = None,
    ) -> None:
        """Note a contradiction at a token, with both sides where there are two amounts."""
        if left is None or right is None:
            verdict.wrong(at, Contradiction(kind, self.section, quote, message))
        else:
            sides = v.sides(left, right)
            verdict.wrong(at, Contradiction(kind, self.section, quote, message, *sides))
