"""The error of a mistake in an edition's files, in words for the one who keeps them."""

from __future__ import annotations


class EditionError(Exception):
    """An edition's files say something that cannot be used: `faults` are sentences in Chinese, each with its place."""

    def __init__(self, *faults: str) -> None:
        super().__init__("；".join(faults))
        self.faults = faults
