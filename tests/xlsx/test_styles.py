"""A named style is found as the format that looks as the style does, not as a cell that was changed by hand."""

from __future__ import annotations

from pathlib import Path

from openpyxl import load_workbook

from addin.xlsx import Workbook
from addin.xlsx.parts import MAIN


def test_a_format_that_a_cell_has_altered_is_not_the_styles_own(template: Path) -> None:
    """The line of 封面 that tells the state has the style of a left-aligned line, and is centred."""
    cover = load_workbook(template)["封面"]["A3"]
    assert (cover.style, cover.alignment.horizontal) == ("公开-单位行左", "center")
    formats = Workbook(template).package.styles.root.find(f"{{{MAIN}}}cellXfs")
    assert formats is not None
    found = formats[Workbook(template).package.styles.number("公开-单位行左")].find(f"{{{MAIN}}}alignment")
    assert found is not None
    assert found.get("horizontal") == "left"


def test_every_style_of_the_template_is_found_and_none_is_added(template: Path) -> None:
    styles = Workbook(template).package.styles
    names = [item.get("name", "") for item in styles.root.iter(f"{{{MAIN}}}cellStyle")]
    found = {name: styles.number(name) for name in names if name.startswith("公开-")}
    assert len(set(found.values())) == len(found) > 20
    assert not styles.changed
    assert styles.number("没有的样式") == 0
