"""Editions, classifications and the sample unit, read from their folders of data into values."""

from __future__ import annotations

from workbook_templates.reading.audit import AuditWords, Figure, Limit, Names, Rows, Share, Sum
from workbook_templates.reading.check import mistakes
from workbook_templates.reading.codes import Classifications
from workbook_templates.reading.document import DocumentSpec
from workbook_templates.reading.edition import Edition, edition_in, load_edition, read_edition, same_form, title_of
from workbook_templates.reading.errors import EditionError
from workbook_templates.reading.files import (
    EDITIONS_FOLDER,
    HEAD,
    QUESTION,
    RELATIONS,
    available_editions,
    chain,
    holder,
    look_in,
    open_questions,
    unpacked,
)
from workbook_templates.reading.forms import (
    LINE_HEIGHT,
    Block,
    Column,
    Filter,
    FixedRow,
    Form,
    ListRows,
    RowFamily,
    TreeRows,
    bottom_line,
)
from workbook_templates.reading.inputs import YUAN, Field, InputRange, InputSheet, LedgerColumn, LedgerSpec, PlainSheet
from workbook_templates.reading.labels import TargetLabels, target_labels
from workbook_templates.reading.narrative import ListSpec, Narrative, ProjectSpec, SectionSpec, TextSheet
from workbook_templates.reading.performance import (
    BASIC,
    INDICATORS,
    PROJECTS,
    AmountSpec,
    CellSpec,
    FormSpec,
    IndicatorColumns,
    Part,
    PartsSpec,
    Performance,
    SumSpec,
    named,
)
from workbook_templates.reading.relations import Condition, Declaration, Ref, read_terms
from workbook_templates.reading.sample import Sample
from workbook_templates.reading.toml_files import read_toml

__all__ = [
    "BASIC",
    "EDITIONS_FOLDER",
    "HEAD",
    "INDICATORS",
    "LINE_HEIGHT",
    "PROJECTS",
    "QUESTION",
    "RELATIONS",
    "YUAN",
    "AmountSpec",
    "AuditWords",
    "Block",
    "CellSpec",
    "Classifications",
    "Column",
    "Condition",
    "Declaration",
    "DocumentSpec",
    "Edition",
    "EditionError",
    "Field",
    "Figure",
    "Filter",
    "FixedRow",
    "Form",
    "FormSpec",
    "IndicatorColumns",
    "InputRange",
    "InputSheet",
    "LedgerColumn",
    "LedgerSpec",
    "Limit",
    "ListRows",
    "ListSpec",
    "Names",
    "Narrative",
    "Part",
    "PartsSpec",
    "Performance",
    "PlainSheet",
    "ProjectSpec",
    "Ref",
    "RowFamily",
    "Rows",
    "Sample",
    "SectionSpec",
    "Share",
    "Sum",
    "SumSpec",
    "TargetLabels",
    "TextSheet",
    "TreeRows",
    "available_editions",
    "bottom_line",
    "chain",
    "edition_in",
    "holder",
    "load_edition",
    "look_in",
    "mistakes",
    "named",
    "open_questions",
    "read_edition",
    "read_terms",
    "read_toml",
    "same_form",
    "target_labels",
    "title_of",
    "unpacked",
]
