"""Whether the long proofs run, as `make evidence` asks for: more examples, every case, hours of trying."""

from __future__ import annotations

import os

import pytest

EVIDENCE = os.environ.get("YUSUAN_EVIDENCE") == "1"

#: What takes long and adds to what other tests show already.
LONG = pytest.mark.skipif(not EVIDENCE, reason="long: YUSUAN_EVIDENCE=1")
