"""The lines of the 检查表 in the bureau's order and groups."""

from __future__ import annotations

import re

from udfs.foreign import Recognition
from udfs.published import findings as f


def item_names(found: Recognition | None) -> list[tuple[str, str]]:
    """Each line of the 检查表 and its group: 及时性, 内容规范性, 各表, 文字说明."""
    names = [(f.TIMELY, "及时性")]
    names += [(name, "内容规范性") for name in (f.COVER, f.CONTENTS, f.DUTIES, f.OFFICES, f.TERMS)]
    if found is not None:
        names += [(form.sheet, "各表") for form in found.edition.forms]
        names += [(section_name(section.heading), "文字说明") for section in found.edition.narrative.sections]
    names += [(f.STATEMENT, "文字说明"), (f.FORMS, "文字说明"), (f.CLEAN, "内容规范性"), (f.READ, "内容规范性")]
    return list(dict(names).items())


def section_name(heading: str) -> str:
    """The heading of a section without the words that the program fills in."""
    return re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "", heading)
