"""A draft as the files of an edition: every guess with how sure it is, and what is not sure as a question."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from udfs.base import address, numeral
from udfs.drafting.parts import LAST_YEAR, Draft, DraftBlock, DraftRelation, DraftTable
from udfs.drafting.text import DraftText
from udfs.drafting.toml_text import toml, value
from udfs.drafting.vocabulary import Guess, Vocabulary, Where
from workbook_templates.reading import QUESTION, holder, read_toml

#: From here on a guess is said to be sure, and from here down it is a question.
SURE, UNSURE = 0.9, 0.75
#: Fields of 基础信息 that every form has.
_BASIC = ("unit_name", "unit_code", "year", "level", "document", "unit_kind", "superior_name", "balance", "duties")
_RANGES = ("basic", "units", "departments")
_SHEETS = ("cover", "input", "ledger", "forms", "narrative", "glossary", "findings", "relations")


class Writer:
    """Writes the files of a draft that takes its ledger and its inputs from a base."""

    def __init__(
        self,
        draft: Draft,
        relations: Sequence[DraftRelation],
        words: Vocabulary,
        name: str,
        year: int,
        text: DraftText,
    ) -> None:
        self.text = text
        self.draft = draft
        self.words = words
        self.relations = relations
        self.base = words.base
        self.name = name
        self.year = year
        self.groups = {name: values for name, values in draft.groups.items() if len(values) > 1}
        self.built_in = dict(words.base.codes.groups)

    def files(self) -> dict[str, str]:
        """Every file of the edition by its name."""
        forms = {f"forms/t{n:02d}.toml": self._form(made, n) for n, made in enumerate(self.draft.tables, 1)}
        ledger = self._ledger()
        return {
            "edition.toml": self._head("".join([*forms.values(), ledger])),
            **forms,
            "relations.toml": self._relations(),
            "ledger.toml": ledger,
            "inputs.toml": self._inputs(),
            "sheets.toml": self._sheets(),
            "narrative.toml": self._narrative(),
            **{f"narrative/{n:02d}.j2": written for n, written in self.text.templates.items()},
            "audit.toml": toml(
                {
                    "fillers": ["为", "是", "的", "共", "合计", "安排", "预算", "支出", "收入", "金额"],
                    "figures": [
                        {"section": n, "says": [words], "value": f"a.{name}"} for n, words, name in self.text.figures
                    ],
                },
                "How texts of this form call the figures.",
            ),
            "document.toml": self._whole(),
            "glossary.toml": toml(self._raw("glossary.toml"), f"The terms of {self.base.name}."),
        }

    def _raw(self, file: str) -> dict[str, Any]:
        return read_toml(holder(self.base.folder, file) / file)

    # -- the whole form

    def _codes(self) -> str:
        """The classification of the year nearest to the form's, of two as near the later one."""
        own = self.base.codes.folder
        known = {own.name, *(folder.name for folder in own.parent.iterdir() if folder.is_dir())}
        years = [int(name) for name in known if name.isdecimal()]
        return str(min(years, key=lambda year: (abs(year - self.year), -year))) if years else own.name

    def _head(self, others: str) -> str:
        """`others`: the files that may filter by groups; only those that they name are written."""
        tables = [made.table for made in self.draft.tables]
        lines = [re.split(r"[：:]", t.unit_line)[0] for t in tables if t.unit_line]
        unit = max(set(lines), key=lines.count) if lines else "单位"
        notes = [note for t in tables for note in t.notes]
        numbers = [t.number_line for t in tables if re.search(r"\d", t.number_line)]
        form_line = (
            re.sub(r"0\d|\d+", lambda m: "{number:02d}" if m[0].startswith("0") else "{number}", numbers[0])
            if numbers
            else self.base.form_line
        )
        groups = {**self._known_groups(), **self.groups}
        raw = {
            "name": self.name,
            "title": f"{self.year}年{numeral(len(tables))}表版式",
            "version": "1.0",
            "year": self.year,
            "codes": self._codes(),
            "unit_of_measure": self._usual(),
            "unit_name_line": f"{unit}：{{unit}}",
            "unit_of_measure_line": "单位：{measure}",
            "form_line": form_line.strip("：:"),
            "empty_note": notes[0] if notes else "注：本表无数据",
            "groups": {k: list(v) for k, v in groups.items() if f'"@{k}"' in others},
            "lists": {"classes": [{"label": label, "code": code} for label, code in self.draft.classes]},
        }
        if not self.draft.classes:
            del raw["lists"]
        head = "Drafted from an official form. What is not sure stands as a question (问) beside it."
        return toml(raw, head)

    # -- tables

    def _form(self, made: DraftTable, number: int) -> str:
        table = made.table
        titles = [t.title for t in made.others if t.title != table.title]
        titles = list(dict.fromkeys([*titles, *self.words.other_titles(table.title)]))
        widths = [
            round(table.page.widths.get(c, 0) or max(10.0, min(40.0, 2.2 * self._longest(made, c))), 1)
            for c in range(table.width)
        ]
        lines = [
            f'code = "T{number}"',
            f'sheet = "表{numeral(number)}"',
            f"number = {number}",
            f"title = {value(table.title)}",
            *([f"titles = {value(titles)}"] if titles else []),
            *(['orientation = "landscape"'] if table.page.landscape or sum(widths) > 90 else []),
            f"widths = {value([int(w) if w == int(w) else w for w in widths])}",
            *([f"unit_of_measure = {value(table.measure)}"] if table.measure not in ("", self._usual()) else []),
            "headings = [",
            *(f"  {value(line)}," for line in table.headings),
            "]",
        ]
        totals = {
            row.texts[-1]: address(1, block.labels[min(len(row.texts), len(block.labels)) - 1].at)[:-1]
            for block in made.blocks[:1]
            for row in block.rows
            if row.kind == "label" and block.labels and row.key.endswith(("合计", "总计"))
        }
        for total, letter in totals.items():
            lines += ["", "[[looks]]", f"when = '${letter}{{row}}=\"{total}\"'", 'style = "total"']
        for block in made.blocks:
            lines += self._block(block)
        return "\n".join([*lines, ""])

    def _usual(self) -> str:
        measures = [m for made in self.draft.tables if (m := made.table.measure)]
        return max(set(measures), key=measures.count, default=self.base.measure)

    @staticmethod
    def _longest(made: DraftTable, column: int) -> int:
        texts = [
            made.table.headings[-1][column],
            *(str(row[column]) for row in made.table.rows if isinstance(row[column], str)),
        ]
        return max(map(len, texts), default=4)

    def _block(self, block: DraftBlock) -> Iterator[str]:
        yield from ("", "[[blocks]]", f"name = {value(block.name)}")
        labels = [
            {"at": x.at, "shows": x.shows} | ({"of": x.of} if x.of else {}) | ({"brackets": True} if x.brackets else {})
            for x in block.labels
        ]
        yield f"labels = {value(labels)}"
        yield "columns = ["
        for c in block.columns:
            entry = {"at": c.at, "key": c.key} | self._filter(c.guess)
            entry |= {"change": list(c.change), "percent": c.percent} if c.change else {}
            yield f"  {value(entry)},{self._told(c.guess, block.guess.sure)}"
        yield "]"
        if block.guess.where:
            yield f"where = {value(self._written(block.guess.where))}{self._told(block.guess)}"
        yield "rows = ["
        for row in block.rows:
            made: dict[str, Any]
            if row.kind == "tree":
                made = {"tree": row.dimension, "levels": list(row.levels)}
            elif row.kind == "list":
                made = {
                    "list": [
                        level[0]
                        if isinstance(level, tuple) and len(level) == 1
                        else list(level)
                        if isinstance(level, tuple)
                        else level
                        for level in row.levels
                    ]
                }
            elif row.kind == "each":
                made = {"each": "classes"}
            else:
                made = {"label": row.texts[0] if len(row.texts) == 1 else list(row.texts)}
                made |= {"key": row.name or "预算数"} if row.name or not row.key else {}
                made |= {"at": row.at} if row.at else {}
                made |= {"line": row.line} if row.line else {}
            yield f"  {value(made | self._filter(row.guess))},{self._told(row.guess, block.guess.sure)}"
        yield "]"

    def _filter(self, guess: Guess) -> dict[str, Any]:
        return {"where": self._written(guess.where)} if guess.where else {}

    def _written(self, where: Where) -> dict[str, Any]:
        """A filter as it is written: a group by its name, one value alone."""
        result: dict[str, Any] = {}
        for dimension, values in where.items():
            group = next(
                (n for n, v in {**self.groups, **self.built_in}.items() if set(v) == set(values) and len(v) > 1), ""
            )
            result[dimension] = f"@{group}" if group else values[0] if len(values) == 1 else list(values)
        return result

    @staticmethod
    def _told(guess: Guess, above: float = 1.0) -> str:
        """How sure a guess is, no surer than what stands above it; a question where it is doubtful itself."""
        sure = min(guess.sure, above)
        if guess.sure < UNSURE:
            return f"  {QUESTION}（把握{sure:.0%}）：{guess.why or '筛选条件是否正确'}？"
        return f"  # 把握{sure:.0%}" if sure < 1 else ""

    def _relations(self) -> str:
        lines = []
        for r in self.relations:
            lines += ["", "[[relations]]"]
            told = f"在例表中成立{r.held}处" if r.held else "例表中没有数字可核对"
            lines.append(
                f"{QUESTION}（把握{r.sure:.0%}）：{told}，是否成立？"
                if r.sure < UNSURE
                else f"# 把握{r.sure:.0%}，{told}"
            )
            lines += [f"number = {value(r.number)}", f"kind = {value(r.kind)}", f"requirement = {value(r.requirement)}"]
            lines += [f"rows = {value(r.rows)}"] if r.rows else []
            lines += [f"columns = {value(r.columns)}"] if r.columns else []
            lines += [f"left = {value(r.left)}", f"right = {value(r.right)}"]
            lines += [f"when = {value(r.when)}"] if r.when else []
        head = "# Relations that hold in the examples or follow from the form."
        return "\n".join([head, *(lines or ["relations = []"]), ""])

    # -- inputs

    def _ledger(self) -> str:
        raw = self._raw("ledger.toml")
        for ledger in ("spending", "income"):
            for column in raw[ledger]["columns"]:
                used = self._used(column["key"])
                if column["key"] == "source":
                    column["values"] = self._sources(column["values"])
                if "values" in column and column["key"] != "flow":
                    column["values"] = list(dict.fromkeys([*column["values"], *used]))
                column.pop("words", None)
                if (
                    ledger == "spending"
                    and not used
                    and "names" not in column
                    and column["key"] not in self._dimensions()
                ):
                    # No table asks for it: a ledger without it will do.
                    column["optional"] = True
                    for rule in ("required", "needs", "forbids"):
                        column.pop(rule, None)
        lists = [keys for keys, _ in self._lists()]
        if lists:
            raw["lists"] = lists
        return toml(raw, f"Columns of the ledgers, those of {self.base.name} with the sources that this form names.")

    def _lists(self) -> Iterator[tuple[dict[str, Any], str]]:
        """The lists that tables come from besides the ledger, each with what is said of it."""
        blocks = [
            (made.table, block)
            for made in self.draft.tables
            for block in made.blocks
            if any(row.kind == "list" for row in block.rows)
        ]
        for n, (table, block) in enumerate(blocks, 1):
            heads = {label.of: table.leaf(label.at - 1) or label.of for label in block.labels}
            columns = [{"key": k, "heading": head, "required": True, "width": 24} for k, head in heads.items()]
            money = {"key": "amount", "heading": "金额（元）", "money": True, "required": True, "width": 17}
            flow = block.guess.where["flow"][0]
            keys = {"sheet": f"{flow}明细"[:31], "range": f"list{n}", "flow": flow, "columns": [*columns, money]}
            yield keys, f"{table.core}由此生成"
        if LAST_YEAR in self._used("flow"):
            columns = [
                {k: v for k, v in column.items() if k not in ("words", "needs", "forbids", "required")}
                | ({"required": True} if column.get("money") else {})
                for column in self._raw("ledger.toml")["spending"]["columns"]
                if column["key"] != "year"
            ]
            keys = {"sheet": LAST_YEAR, "range": "list_last_year", "flow": LAST_YEAR, "columns": columns}
            yield keys, "各表中的上年数由此生成"

    def _used(self, dimension: str) -> list[str]:
        """The values of a dimension that the draft's filters and groups of sources name."""
        found: list[str] = []
        for made in self.draft.tables:
            for block in made.blocks:
                for guess in (block.guess, *(c.guess for c in block.columns), *(r.guess for r in block.rows)):
                    found += guess.where.get(dimension, ())
        return list(dict.fromkeys(found))

    def _dimensions(self) -> set[str]:
        """What rows unfold by, and what every ledger has."""
        rows = (row for made in self.draft.tables for block in made.blocks for row in block.rows)
        return {"amount", "source", "year", "function", "departmental", *(row.dimension for row in rows)}

    def _sources(self, known: Sequence[str]) -> list[str]:
        """The base's sources that some filter of the draft names, all of a group, or of all, where none is named."""
        named = set(self._used("source"))
        for values in (known, *self._raw("edition.toml").get("groups", {}).values()):
            if not named & {*values}:
                named |= {*values}
        return [v for v in known if v in named]

    def _known_groups(self) -> dict[str, list[str]]:
        """The groups that the base's ledger names, without the sources that this form does not have."""
        every = self.base.spending.column("source").values
        gone = set(every) - set(self._sources(every))
        groups = self._raw("edition.toml").get("groups", {})
        return {name: [v for v in values if v not in gone] for name, values in groups.items()}

    def _inputs(self) -> str:
        raw = self._raw("inputs.toml")
        sheets = []
        used = set()
        for sheet in raw["sheets"]:
            ranges = [r for r in sheet["ranges"] if r["key"] in _RANGES]
            for part in ranges:
                part.pop("carry_if", None)
                for group in part.get("groups", []):
                    group["fields"] = [
                        {k: v for k, v in f.items() if k != "last"} for f in group["fields"] if f["key"] in _BASIC
                    ]
                if "groups" in part:
                    part["groups"] = [group for group in part["groups"] if group["fields"]]
                fields = [f for group in part.get("groups", []) for f in group["fields"]] + list(
                    part.get("columns", [])
                )
                used |= {f["values"] for f in fields if "values" in f}
            if ranges:
                sheets.append({**sheet, "ranges": ranges})
        known = raw.get("enumerations", {})
        return toml(
            {"enumerations": {k: v for k, v in known.items() if k in used}, "sheets": sheets},
            "The input sheets other than the ledgers.",
        )

    def _sheets(self) -> str:
        raw = self._raw("sheets.toml")
        inputs = {
            s["name"] for s in self._raw("inputs.toml")["sheets"] if any(r["key"] in _RANGES for r in s["ranges"])
        }
        kept = [s for s in raw["sheets"] if s["kind"] in _SHEETS and (s["kind"] != "input" or s["name"] in inputs)]
        at = next(n for n, s in enumerate(kept) if s["kind"] == "forms")
        lists = [{"name": keys["sheet"], "kind": "ledger", "about": about} for keys, about in self._lists()]
        return toml(
            {"sheets": [*kept[:at], *lists, *kept[at:]]}, "The order of all sheets, and what 封面 says of each."
        )

    # -- text

    def _narrative(self) -> str:
        raw = self._raw("narrative.toml")
        if self.text.headings:
            written = [
                {"heading": heading, **({"template": f"{n:02d}.j2"} if n in self.text.templates else {})}
                for n, heading in enumerate(self.text.headings, 1)
            ]
            for n, section in enumerate(written):
                section["begins"] = [f"*{self.text.headings[n]}"]  # type: ignore[assignment]
            document = {"field": "basic.document", "values": {"部门": "本部门", "单位": "本单位"}}
            more = {"words": {"we": document}, "amounts": self.text.amounts} if self.text.templates else {}
            head = f"情况说明 of this form.\n{QUESTION}：文字中的数按例表中相同的金额拟定，请逐句核对"
            return toml({"sheet": raw["sheet"], "sections": written, **more}, head)
        sections = [{"heading": f"{made.table.core.removesuffix('表')}情况说明"} for made in self.draft.tables]
        for section in sections:
            stem = section["heading"].removesuffix("说明")
            section["begins"] = [section["heading"], stem]  # type: ignore[assignment]  # headings are texts, these a list
        head = f"情况说明 of this form.\n{QUESTION}：各节的标题按表名拟定，是否与本地的编制说明一致？"
        return toml({"sheet": raw["sheet"], "sections": sections}, head)

    def _whole(self) -> str:
        raw = {
            "title": "{year}年度{kind}预算公开",
            "running_head": "{unit}　{year}年度{kind}预算公开",
            "contents": "目　　录",
            "parts": {
                "overview": "第一部分　{kind}概况",
                "tables": "第二部分　{year}年{kind}预算表",
                "text": "第三部分　{year}年{kind}预算说明",
                "glossary": "第四部分　名词解释",
            },
            "overview": self._raw("document.toml")["overview"],
        }
        return toml(raw, "The whole disclosure as a document.")
