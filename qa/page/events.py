"""How the page's events run."""

from __future__ import annotations

from typing import Any

AT_ONCE = 2
"""Questions that are answered side by side; the others wait their turn."""

PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
"""For whoever looks at the page only: scripts have `/ask`."""

CHANGE: dict[str, Any] = {**PRIVATE, "concurrency_id": "change", "concurrency_limit": 1}
"""What changes the index: one after another."""

BEGIN: dict[str, Any] = {**PRIVATE, "concurrency_id": "begin", "concurrency_limit": 1}
"""What a conversation begins with, all of it quick: one after another, so that none undoes another."""
