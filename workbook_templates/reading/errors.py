"""The error of a mistake in an edition's files, in words for the one who keeps them."""

from __future__ import annotations


class EditionError(Exception):
    """An edition's file says something that cannot be used; the message names file, place and mistake in Chinese."""
