"""What the rows and columns of a printed table most likely are: blocks, labels, filters, each with how sure it is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from udfs.base import is_blank
from udfs.drafting.columns import CHANGE, LAST, PERCENT, choose_totals, compared, name_columns
from udfs.drafting.pages import PrintedTable
from udfs.drafting.parts import LAST_YEAR, Draft, DraftBlock, DraftColumn, DraftLabel, DraftRow, DraftTable
from udfs.drafting.rows import BLANK, HEAD, PART, TOTAL, labelled_rows, unfold_list, unfold_tree
from udfs.drafting.vocabulary import Guess, Vocabulary, Where, stem
from udfs.foreign import is_number
from udfs.tables import name_of_class

_LABEL = re.compile(r"(名称|编码|代码|项目|类|款|项|大类|形式|用途|经济科目|单位)$")
_NOT_LABEL = {"基本支出", "项目支出"}
_CODE_HEAD = re.compile(r"编码|代码|^类$|^款$|^项$")
_CARRIED = re.compile(r"上年.*(结转|结余)|(结转|结余).*上年")
_CLOSING = re.compile(r"结转下年|年终结转")
_CURRENT = re.compile(r"^(当年|本年)")
#: As many rows that name classes one after the other are the list of the classes.
_CLASSES = 4
#: No row of income is surer: a source may have parts that this example does not show.
_INCOME = 0.88
_RUNNING = "机关运行经费"
_FLOWS = ("支出", "年终结转")


class Guesser:
    """Guesses table by table; what one table says of sources and groups counts for the following ones."""

    def __init__(self, words: Vocabulary) -> None:
        self.words = words
        self.draft = Draft([], dict(words.groups), [], [])
        self.codes = words.base.codes
        self._same: dict[str, str] = {}  #: labels of sources that go by another name in the ledger

    def again(self) -> Guesser:
        """One that knows what all tables of this one say of sources, groups and classes."""
        later = Guesser(self.words)
        draft = self.draft
        sources = [source for source in draft.sources if source not in draft.groups]
        later._same = self._same
        later.draft = Draft([], self._with_parts(draft.groups), draft.classes, sources, draft.kinds)
        return later

    @staticmethod
    def _with_parts(groups: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        """Groups in which a source that is itself a group of several is all of these."""
        parts = {values[0]: values for name, values in groups.items() if name.startswith(values[0])}
        return {
            name: tuple(dict.fromkeys(v for value in values for v in parts.get(value, (value,))))
            for name, values in groups.items()
        }

    def add(self, table: PrintedTable) -> None:
        """Take a table into the draft."""
        blocks = self._blocks(table)
        if not blocks:
            return  # texts alone
        made = DraftTable(table, blocks)
        for number, block in enumerate(blocks):
            self._block(table, block, blocks[:number])
        self.draft.tables.append(made)

    # -- columns

    def _blocks(self, table: PrintedTable) -> list[DraftBlock]:
        blocks: list[DraftBlock] = []
        after_amount = True
        for c in range(table.width):
            label = self._is_label(table, c)
            if after_amount and (label or not blocks):
                blocks.append(DraftBlock("", [], []))
            after_amount = not label
            if label:
                blocks[-1].labels.append(DraftLabel(c + 1, "label"))
            else:
                blocks[-1].columns.append(DraftColumn(c + 1, "", Guess({}, 1.0)))
        kept = [block for block in blocks if block.columns]
        for block in kept:
            block.name = self._name(table, block, kept)
            name_columns(table, block)
        return kept

    @staticmethod
    def _is_label(table: PrintedTable, c: int) -> bool:
        leaf = table.leaf(c)
        if any(_CODE_HEAD.search(text) for text in table.path(c)[-2:]):
            return True
        values = [row[c] for row in table.rows if not is_blank(row[c])]
        texts = sum(not is_number(v) for v in values)
        if values:
            return 2 * texts >= len(values)
        return _LABEL.search(leaf) is not None and leaf not in _NOT_LABEL

    @staticmethod
    def _name(table: PrintedTable, block: DraftBlock, every: Sequence[DraftBlock]) -> str:
        at = (block.labels or block.columns)[0].at - 1
        path = table.path(at)
        if len(every) > 1:
            others = {
                text
                for other in every
                if other is not block
                for text in table.path((other.labels or other.columns)[0].at - 1)
            }
            return next((text for text in path if text not in others), path[0] if path else "")
        if not block.labels:
            return "预算数"
        return "收入" if "收入" in table.title and "支" not in table.title else "支出"

    # -- rows

    def _block(self, table: PrintedTable, block: DraftBlock, before: Sequence[DraftBlock]) -> None:
        heads = "".join(table.path((block.labels or block.columns)[0].at - 1)[:2]) + block.name
        income = "收入" in heads or ("收入" in table.title and "支" not in table.title)
        block.guess = self.words.of_title(table.core)
        source = block.guess.where.get("source")
        if source and len(source) > 1:
            block.guess.where["source"] = self.draft.groups.get("财政拨款", source)
        elif source:
            block.guess.where["source"] = self._whole(source[0])
        elif not source and not table.core.endswith("总表"):
            block.guess = Guess(block.guess.where, 0.5, "本表用哪些资金来源")
        used = [x for x in block.labels if any(not is_blank(row[x.at - 1]) for row in table.rows)]
        codes = [label for label in block.labels if any(_CODE_HEAD.search(t) for t in table.path(label.at - 1)[-2:])]
        if codes:
            unfold_tree(table, block, codes, income=income)
        elif len(used) > 2 and not before:
            unfold_list(table, block)
        else:
            block.labels = used or block.labels
            self._fixed(table, block, before, income=income)
        block.guess.sure = min(block.guess.sure, table.page.sure)
        self._columns(table, block)
        own = [c for c in block.columns if any(_RUNNING in text for text in table.path(c.at - 1))]
        if own and len(own) < len(block.columns) and "expense" in block.guess.where:
            # The title speaks of two things; what it says of the running costs holds for their column alone.
            for dimension in ("kind", "expense", "unit_kind"):
                values = block.guess.where.pop(dimension, ())
                for column in own:
                    column.guess.where[dimension] = values
                    column.guess = Guess(column.guess.where, 0.75)
        closing = any("年终结转" in row.guess.where.get("flow", ()) for row in block.rows)
        closing_column = any("年终结转" in c.guess.where.get("flow", ()) for c in block.columns)
        if closing_column:
            block.guess.where["flow"] = _FLOWS
            for column in block.columns:
                if column.guess.where or column.guess.why:
                    column.guess.where = {"flow": ("支出",)} | column.guess.where
        elif income and any(row.kind == "tree" and row.dimension == "function" for row in block.rows):
            self._by_spending(block)
        elif closing:
            for row in block.rows:
                row.guess.where.setdefault("flow", ("支出",))
        elif any("flow" in column.guess.where for column in block.columns):
            for column in block.columns:
                if not column.change:
                    column.guess.where.setdefault("flow", ("支出",))
        elif not any(row.kind == "list" for row in block.rows):
            block.guess.where["flow"] = ("收入",) if income else ("支出",)
        block.guess.where = {d: block.guess.where[d] for d in sorted(block.guess.where, key=lambda d: d != "flow")}

    @staticmethod
    def _by_spending(block: DraftBlock) -> None:
        """Income by function: a source is shown where the code is that it pays for, and its total as it comes in."""
        for row in block.rows:
            row.guess.where["flow"] = ("支出",) if row.kind == "tree" else ("收入",)
        if any("year" in column.guess.where for column in block.columns):
            for column in block.columns:
                if "source" in column.guess.where:
                    column.guess.where.setdefault("year", ("本年",))

    def _fixed(self, table: PrintedTable, block: DraftBlock, before: Sequence[DraftBlock], *, income: bool) -> None:
        rows = labelled_rows(table, block, before)
        if not block.labels:
            block.rows = [DraftRow("label", ("",), row=0)]
            block.body = [0] if table.rows else []
            return
        carried = any(_CARRIED.search(stem(row.key)) for row in rows)
        closing = any(_CLOSING.search(stem(row.key)) for row in rows)
        known = self._class_codes()
        classes = [name_of_class(known, self.codes.former_names, row.key) for row in rows]
        blank = [n for n, row in enumerate(rows) if BLANK.fullmatch(row.key)]
        filled = [
            table.amount(row.row, block.columns[0].at - 1) is not None
            for row, code in zip(rows, classes, strict=True)
            if code
        ]
        if not income and any(classes) and (blank or all(filled)):
            # The classes are those that are used: a blank form leaves their names open, an example has no other.
            listed_rows = {n for n, code in enumerate(classes) if code} | set(blank)
            block.labels[0].shows = "numbered"
            block.labels[0].brackets = rows[min(listed_rows)].key.startswith(("（", "("))
            for row in rows[max(listed_rows) + 1 :]:
                row.line = "bottom"
            tree = DraftRow("tree", dimension="function", levels=(3,), guess=Guess({}, 0.9, "是否按类级科目逐类列示"))
            first = min(listed_rows)
            rows = [*rows[:first], tree, *(r for n, r in enumerate(rows) if n > first and n not in listed_rows)]
        elif sum(map(bool, classes)) >= _CLASSES:
            listed = [(row.key, code) for row, code in zip(rows, classes, strict=True) if code]
            self.draft.classes = self.draft.classes or listed
            first = next(n for n, code in enumerate(classes) if code)
            block.body = [row.row for row, code in zip(rows, classes, strict=True) if code]
            each = DraftRow("each", guess=Guess({"function": ("{code}*",)}, 0.95))
            rows = [
                *rows[:first],
                each,
                *(row for row, code in list(zip(rows, classes, strict=True))[first:] if not code),
            ]
        self._groups(rows)
        head, known_keys = "", set[str]()
        for row in rows:
            if row.kind == "label":
                head = stem(row.key) if HEAD.match(row.key) else head if PART.match(row.key) else ""
                row.guess = self._row(row, income=income, carried=carried, closing=closing)
                if _CARRIED.search(head) and not _CARRIED.search(stem(row.key)):
                    row.guess.where["year"] = ("上年结转",)
                if row.key in known_keys:
                    row.name = head + stem(row.key)
                known_keys.add(row.key)
        block.rows = rows

    def _class_codes(self) -> Mapping[str, str]:
        return self.codes.by_name["functional"]

    def _groups(self, rows: Sequence[DraftRow]) -> None:
        """Sources that a head and the rows under it name together: 一、财政拨款 with 1. and 2., 小计 with its parts."""
        for n, row in enumerate(rows):
            under: list[DraftRow] = []
            if len(row.texts) > 1 and row.texts[0] and TOTAL.match(row.texts[-1]):
                for other in rows[n + 1 :]:
                    if len(other.texts) < 2 or other.texts[0]:
                        break
                    under.append(other)
                name = row.texts[0]
            elif len(row.texts) == 1 and HEAD.match(row.key):
                for other in rows[n + 1 :]:
                    if not PART.match(other.key):
                        break
                    under.append(other)
                name = stem(row.key)
            if not under or _CARRIED.search(name):
                continue
            sources = [self._source(stem(other.texts[-1])) for other in under]
            whole = self.words.named(name)
            if whole and (own := whole.where.get("source", ("",))[0]) and own not in sources and name.startswith(own):
                # 一般公共预算资金 and its parts: what is no named part is the source itself.
                if sources[0] in self.draft.sources:
                    self.draft.sources.remove(sources[0])
                sources[0] = own
                self._same[stem(under[0].texts[-1])] = own
            if len(row.texts) == 1:
                sources = list(dict.fromkeys(v for source in sources for v in self._whole(source)))
            self.draft.groups[name.removesuffix("收入") if name.startswith("财政拨款") else name] = tuple(sources)

    def _whole(self, source: str) -> tuple[str, ...]:
        """A source with those that a group of its name has besides."""
        return next(
            (v for name, v in self.draft.groups.items() if v[0] == source and name.startswith(source)), (source,)
        )

    def _source(self, text: str) -> str:
        """The source that a label names; a new one where the ledger has none."""
        if text in self._same:
            return self._same[text]
        found = self.words.named(text)
        if found and "source" in found.where:
            return found.where["source"][0]
        if text not in self.draft.sources:
            self.draft.sources.append(text)
        return text

    def _row(self, row: DraftRow, *, income: bool, carried: bool, closing: bool) -> Guess:
        label = stem(row.key)
        year: Where = {"year": ("本年",)} if income and carried else {}
        if _CLOSING.search(label):
            return Guess({"flow": ("年终结转",)}, 0.95)
        if _CARRIED.search(label):
            return Guess({"year": ("上年结转",)}, 0.95 if row.texts[-1] != label else 0.8)
        if _CURRENT.match(label) and (TOTAL.match(label) or label.endswith(("收入", "支出"))):
            return Guess(year, _INCOME if income else 0.95)
        if TOTAL.match(label) and len(row.texts) == 1:
            return Guess({"flow": _FLOWS} if closing and not income else {}, 0.95)
        head = next(
            (
                name
                for name in self.draft.groups
                if name in (label, row.texts[0], stem(row.texts[0]), label.removesuffix("收入"))
            ),
            "",
        )
        if head:
            return Guess({**year, "source": self.draft.groups[head]}, 0.85)
        own = label if len(row.texts) < 2 or row.texts[0] else stem(row.texts[-1])
        if own in self._same:
            return Guess({**year, "source": (self._same[own],)}, 0.7, "是否即这种资金来源中没有另列的部分")
        exact = self.words.row(label)
        if exact and exact.sure > 0.9 and (len(exact.where) == 1 or not income):
            kept = {d: v for d, v in exact.where.items() if not income or d == "source"}
            if kept:
                if income and len(kept["source"]) == 1:
                    kept["source"] = self._whole(kept["source"][0])
                return Guess({**year, **kept}, min(exact.sure, _INCOME) if income else exact.sure)
        found = self.words.named(own)
        if found and (not income or "source" in found.where):
            if income:
                found.where["source"] = self._whole(found.where["source"][0])
                found.sure = min(found.sure, _INCOME)
            return Guess({**year, **found.where}, found.sure)
        if own in self.draft.sources:
            return Guess({**year, "source": (own,)}, 0.7, "是否为一种单独的资金来源")
        if income:
            return Guess({**year, "source": (self._source(own),)}, 0.5, "是哪一种资金来源")
        if code := name_of_class(self._class_codes(), self.codes.former_names, row.key):
            return Guess({"function": (f"{code}*",)}, 0.8)
        return self._new(own)

    def _new(self, label: str) -> Guess:
        """What a label may mean that the ledger has no value for."""
        if _CARRIED.search(label):
            return Guess({"year": ("上年结转",)}, 0.8)
        if label in self.draft.sources:
            return Guess({"source": (label,)}, 0.7, "是否为一种单独的资金来源")
        if label.endswith(("支出", "经费")):
            self.draft.kinds = [*dict.fromkeys([*self.draft.kinds, label])]
            self.words.values[label] = ("kind", label)
            return Guess({"kind": (label,)}, 0.7, "是否为一种单独的支出类别")
        return Guess({}, 0.4, "按什么筛选")

    # -- columns

    def _columns(self, table: PrintedTable, block: DraftBlock) -> None:
        for column in block.columns:
            path, leaf = table.path(column.at - 1), table.leaf(column.at - 1)
            if _CLOSING.search(leaf):
                column.guess = Guess({"flow": ("年终结转",)}, 0.95)
                continue
            if CHANGE.search(leaf) and (both := compared(table, block, column)):
                column.change, column.percent = both, PERCENT.search(leaf) is not None
                column.guess = Guess({}, 0.85)
                continue
            if TOTAL.match(leaf) or leaf in ("金额", "预算数") or len(block.columns) == 1:
                continue
            named = self.words.named(leaf)
            known = self.words.column(leaf, block.guess.where, path[-2] if len(path) > 1 else "")
            item = next((c for c, n in self.codes.by_name["departmental"].items() if n == leaf and len(c) > 3), "")
            better = [g for g in (known, named) if g and g.where] or (
                [Guess({"departmental": (item,)}, 0.9)] if item else []
            )
            column.guess = max(better, key=lambda g: g.sure) if better else self._new(leaf)
            above = self.words.named("".join(path[:-1]))
            if above and better and "source" in above.where and "source" not in block.guess.where:
                column.guess.where = {**above.where, **column.guess.where}
        choose_totals(table, block)
        for column in block.columns:
            if any(LAST.search(text) for text in table.path(column.at - 1)) and not column.change:
                where = {"flow": (LAST_YEAR,), **column.guess.where}
                column.guess = Guess(where, min(column.guess.sure, 0.7), f"上年数是否由清单“{LAST_YEAR}”填写")
