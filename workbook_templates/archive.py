"""Zip files whose bytes depend on their contents alone: every entry has the same fixed date."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from io import BytesIO

Date = tuple[int, int, int, int, int, int]

#: The version of Excel's calculation by which the results in our files are good; what an older one has calculated
#: Excel calculates anew on opening, and asks on closing whether to save.
CALCULATED_BY = 191029
#: The first date that a zip file can hold.
_FIRST: Date = (1980, 1, 1, 0, 0, 0)


def entry(name: str, date: Date = _FIRST, mode: int = 0o600) -> zipfile.ZipInfo:
    """The entry of a compressed part. `mode`: its permissions on a system that has them."""
    info = zipfile.ZipInfo(name, date)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = mode << 16
    return info


def archive(parts: Mapping[str, bytes], date: Date = _FIRST, mode: int = 0o600) -> bytes:
    """The parts as a zip file, in their order."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in parts.items():
            target.writestr(entry(name, date, mode), data)
    return buffer.getvalue()
