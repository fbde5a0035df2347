"""How the page's events run."""

from __future__ import annotations

from typing import Any

AT_ONCE = 2
"""Questions that are answered side by side; the others wait their turn."""

PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
"""For whoever looks at the page only: scripts have `/ask`."""

LISTING: dict[str, Any] = {**PRIVATE, "concurrency_id": "listing", "concurrency_limit": 1}
"""What lists articles or questions, whatever asked for it: one after another, so that no older list comes last."""

CHANGE: dict[str, Any] = {**PRIVATE, "concurrency_id": "change", "concurrency_limit": 1}
"""What changes the index: one after another."""

IN_TURN: dict[str, Any] = {"trigger_mode": "always_last"}
"""For what must not be lost: Gradio drops what comes while the same event is under way, unless it is told."""

EACH: dict[str, Any] = {"trigger_mode": "multiple"}
"""The same, where every one of several counts, and not only the last."""

HERE = "(here, ...others) => [location.hash.slice(1), ...others]"
"""A page that is loaded again, or whose server was, goes on with the conversation that its address names."""

BEGIN: dict[str, Any] = {**PRIVATE, "concurrency_id": "begin", "concurrency_limit": 1}
"""What changes which conversation is shown, all of it quick: one after another, so that none undoes another."""

ANSWER: dict[str, Any] = {**PRIVATE, **IN_TURN, "concurrency_id": "ask", "concurrency_limit": AT_ONCE}
"""The answering itself, of every question, whatever it was asked by."""

SUGGEST: dict[str, Any] = {**PRIVATE, **IN_TURN, "concurrency_id": "suggest", "concurrency_limit": 1}
"""What is worked out after an answer, and may wait for those of others."""
