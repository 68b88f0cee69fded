"""An edition as its template workbook, the same bytes in every part on every run."""

from __future__ import annotations

from workbook_templates.template.build import template_bytes

__all__ = [
    "template_bytes",
]
