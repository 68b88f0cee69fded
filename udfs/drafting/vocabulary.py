"""What the known editions call things: labels, headings and titles, each with the filter that stands beside it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from udfs.base import squeezed
from workbook_templates.reading import Edition, Filter, FixedRow

_ORDINAL = re.compile(r"^(?:[（(]?(?:[一二三四五六七八九十]+|\d{1,2})[）)、.．]+|[①②③④⑤⑥])")
_FLOW = "flow"

#: A filter: for each dimension the values it accepts.
Where = dict[str, tuple[str, ...]]


def stem(label: str) -> str:
    """A label without its number, for comparing."""
    return _ORDINAL.sub("", squeezed(label))


class Guess(Struct):
    """A filter, how sure it is (0 to 1), and why, in Chinese, where it is not."""

    where: Where
    sure: float
    why: str = ""


class Vocabulary:
    """The words of known editions. `base`: the one whose ledger and groups a draft takes."""

    def __init__(self, known: Sequence[Edition], base: Edition) -> None:
        self.base = base
        self.values: dict[str, tuple[str, str]] = {}  #: a value of the ledger → its dimension and itself
        self.synonyms = [(form.title, *form.titles) for edition in known for form in edition.forms]
        self._rows: dict[str, Counter[Filter]] = {}
        self._columns: dict[str, Counter[Filter]] = {}
        self.titles: list[tuple[str, Filter]] = []
        #: The sources that the base's filters name together, by the word that titles have for them.
        self.groups: dict[str, tuple[str, ...]] = {}
        for column in base.spending.columns:
            for value in column.values:
                self.values.setdefault(value, (column.key, value))
        for edition in known:
            for form in edition.forms:
                for block in form.blocks:
                    self.titles.append((squeezed(form.title), block.where))
                    for row in block.rows:
                        if isinstance(row, FixedRow) and row.label and not row.group:
                            self._add(self._rows, row.label, row.where)
                    for at in block.columns:
                        if not at.change:
                            for text in (at.key, *at.aliases):
                                self._add(self._columns, text, (*block.where, *at.where))
        together = sorted({v for v in self._all_values() if len(v) > 1}, key=len)
        self.groups = {"财政拨款": together[0]} if together else {}

    @staticmethod
    def _add(words: dict[str, Counter[Filter]], text: str, where: Filter) -> None:
        kept = tuple((d, v) for d, v in where if d not in (_FLOW, "year") and v)
        words.setdefault(stem(text), Counter())[kept] += 1

    def _all_values(self) -> Iterator[tuple[str, ...]]:
        for form in self.base.forms:
            for block in form.blocks:
                for part in (block, *block.columns, *block.rows):
                    yield from (v for d, v in part.where if d == "source")

    def other_titles(self, title: str) -> list[str]:
        """What a table of that title is called elsewhere."""
        same = [titles for titles in self.synonyms if title in titles]
        return [t for t in dict.fromkeys(t for titles in same for t in titles) if t != title]

    def row(self, label: str) -> Guess | None:
        """What a row's label means in the known editions, where they all say the same."""
        return self._word(self._rows, label)

    def column(self, text: str, own: Where, above: str = "") -> Guess | None:
        """What a heading means in the known editions besides what its table says anyhow.

        `above`: the heading above it, whose first words it may leave out: 购置费 below 公务用车购置及运行费.
        """
        short = stem(text)
        longer = (w for w in self._columns if w.endswith(short) and above.startswith(w.removesuffix(short)))
        found = self._columns.get(short) or self._columns.get(next(longer, "") if above else "")
        if not found:
            return None
        kinds = Counter(tuple((d, v) for d, v in where if d in ("kind", "expense", "departmental")) for where in found)
        (where, _), *others = kinds.most_common()
        kept = {d: v for d, v in where if own.get(d) != v}
        return Guess(kept, 0.6 if others else 0.95)

    @staticmethod
    def _word(words: Mapping[str, Counter[Filter]], text: str) -> Guess | None:
        found = words.get(stem(text))
        if not found:
            return None
        (where, _), *others = found.most_common()
        return Guess(dict(where), 0.6 if others else 0.95)

    def named(self, text: str) -> Guess | None:
        """The value of the ledger whose name a text holds: `一般公共预算资金` holds 一般公共预算."""
        found = [(len(short), d, v) for v, (d, _) in self.values.items() if (short := _short(v)) and short in text]
        if not found:
            return None
        length, dimension, value = max(found)
        return Guess({dimension: (value,)}, 0.9 if len(text) - length < 4 else 0.75)

    def of_title(self, title: str) -> Guess:
        """What all cells of a table have in common, by its title: source, basic or project, running costs."""
        where: Where = {}
        sure = 0.9
        for dimension in ("source", "kind"):
            values = [v for v, (d, _) in self.values.items() if d == dimension and _short(v) in title]
            if len(values) == 1:
                where[dimension] = (values[0],)
        for name, together in self.groups.items():
            if name in title and "source" not in where:
                where["source"] = together
        for known, block in self.titles:
            common = [w for w in ("机关运行经费",) if w in title and w in known]
            if common:
                where |= {d: v for d, v in block if d not in (_FLOW, "year", *where)}
                sure = 0.75
        return Guess(where, sure)


def _short(value: str) -> str:
    """A value without the word that titles leave out."""
    return value.removesuffix("预算") if value.endswith(("基金预算", "经营预算")) else value
