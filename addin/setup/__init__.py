"""What puts the add-in on a machine: build, bundle, install, doctor, handbook."""

from __future__ import annotations

from addin.setup import checklist, doctor, install
from addin.setup.build import build_addin
from addin.setup.bundle import bundle
from addin.setup.handbook import page_at_rule

__all__ = [
    "build_addin",
    "bundle",
    "checklist",
    "doctor",
    "install",
    "page_at_rule",
]
