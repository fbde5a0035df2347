"""`qa` as people run it."""

from __future__ import annotations

import sys
from pathlib import Path

QA = Path(sys.executable).with_name("qa")
