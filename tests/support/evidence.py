"""Whether the long proofs run, as `make evidence` asks for: more examples, every case, hours of trying."""

from __future__ import annotations

import os

EVIDENCE = os.environ.get("YUSUAN_EVIDENCE") == "1"
