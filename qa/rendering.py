"""An answer for those who look at it: as JSON for scripts, as HTML for the page. Pure."""

from __future__ import annotations

from typing import Any

from qa.types import Answer, Citation


def answer_json(answer: Answer) -> dict[str, Any]:
    """The object that `qa ask --json` prints and the page's `/ask` endpoint returns; `answer` is null for a refusal.

    `start` and `end` count characters of the article's text; `published` is an ISO date or null.
    """
    return {
        "question": answer.question,
        "answer": answer.text,
        "confidence": round(answer.confidence, 4),
        "citations": [_citation_json(citation) for citation in answer.citations],
        "timings_ms": {step: round(milliseconds, 1) for step, milliseconds in answer.timings_ms.items()},
    }


def _citation_json(citation: Citation) -> dict[str, Any]:
    return {
        "article_id": citation.article_id,
        "title": citation.title,
        "source": citation.source,
        "published": citation.published.isoformat() if citation.published else None,
        "start": citation.start,
        "end": citation.end,
        "quote": citation.quote,
        "sentence": citation.sentence,
    }
