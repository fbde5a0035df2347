"""An answer as JSON: one form for `qa ask --json`, HTTP, MCP, receipts and reports. Pure."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from index.types import Article
from qa.evidence import Moment, looked_for, support, timeline
from qa.nearest import Excerpt, nearest
from qa.types import Alternative, Answer, Citation


def answer_json(answer: Answer) -> dict[str, Any]:
    """The object that `qa ask --json`, HTTP and MCP give for an answer; `answer` is null for a refusal.

    `start` and `end` count characters of the article's text; `published` is an ISO date or null.
    """
    told: dict[str, Any] = {
        "question": answer.question,
        "answer": answer.text,
        "confidence": round(answer.confidence, 4),
        "citations": [_citation_json(citation) for citation in answer.citations],
        "support": asdict(support(answer.citations)),
        "alternatives": [_alternative_json(one) for one in answer.alternatives],
        "timeline": [_moment_json(one) for one in timeline(answer)],
        "timings_ms": {step: round(milliseconds, 1) for step, milliseconds in answer.timings_ms.items()},
    }
    return told | (_refusal_json(answer) if answer.text is None else {}) | written_json(answer)


def _refusal_json(answer: Answer) -> dict[str, Any]:
    looked = looked_for(answer)
    return {
        "reason": answer.reason,
        "looked_for": {"question": looked.question, "missing": list(looked.missing)},
        "nearest": [_excerpt_json(one) for one in nearest(answer)],
    }


def _excerpt_json(one: Excerpt) -> dict[str, Any]:
    return {
        "article_id": one.hit.article.id,
        **_about(one.hit.article),
        "start": one.start,
        "end": one.end,
        "text": one.text,
    }


def _alternative_json(one: Alternative) -> dict[str, Any]:
    return {
        "answer": one.text,
        "confidence": round(one.confidence, 4),
        "citations": [_citation_json(citation) for citation in one.citations],
        "support": asdict(support(one.citations)),
    }


def _moment_json(one: Moment) -> dict[str, Any]:
    return {"published": one.day.isoformat(), "says": one.says, "article_id": one.citation.article_id}


def _citation_json(citation: Citation) -> dict[str, Any]:
    return {
        "article_id": citation.article_id,
        **_about(citation),
        "start": citation.start,
        "end": citation.end,
        "quote": citation.quote,
        "sentence": citation.sentence,
    }


def _about(what: Citation | Article) -> dict[str, Any]:
    return {
        "title": what.title,
        "source": what.source,
        "outlet": what.outlet,
        "published": what.published.isoformat() if what.published else None,
    }


def written_json(answer: Answer) -> dict[str, Any]:
    """The fields that `qa ask --json` adds where a chat model was asked or a note stands by; else nothing.

    `written_by` is null where the answer is quoted after all, and `note` then says why. The `citations` of a sentence
    are numbers, from 1, of the answer's citations. `disputed` are the words that the alternatives differ from.
    """
    if answer.written_by is None and answer.note is None:
        return {}
    return {
        "written_by": answer.written_by,
        "note": answer.note,
        "disputed": answer.disputed,
        "sentences": [
            {"text": sentence.text, "verdict": sentence.verdict, "citations": list(sentence.citations)}
            for sentence in answer.sentences
        ],
    }
