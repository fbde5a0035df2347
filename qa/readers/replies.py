"""What is made of a chat model's reply, however it is written. Pure.

Models mark their sentences as they please: [1], [1][2], (Source 1), 【1†2】, [1: "quoted words"], or in JSON. All of
that is read; what was cited is checked elsewhere, so a wrong guess here cannot make a false citation.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape

from index.passages import sentences
from qa.question import visible
from qa.readers.writing import NOT_SAID

MAX_SENTENCES = 12
MAX_REPLY = 20_000
"""Characters of a reply that are read."""
_MAX_SENTENCE = 1_000
_MAX_QUOTES = 4

_THOUGHT = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
_FENCE = re.compile(r"^```[a-z]*\s*|\s*```$", re.IGNORECASE)
_DENIES = r"(?:(?:do|does)(?: not|n['’]t)|cannot|can['’]t)"  # noqa: RUF001
_NOBODY = r"(?:(?:the|these|provided|given) )*(?:passages?|articles?|sources?) (?:(?:provided|given) )?"
_REFUSAL = re.compile(
    rf"^\W*(?:{NOT_SAID}\b|{_NOBODY}{_DENIES} (?:say|answer|mention|state|contain|provide|specify)"
    rf"|I (?:{_DENIES}|don['’]t) (?:know|answer|find))",  # noqa: RUF001
    re.IGNORECASE,
)
_CITED = r"(?:passages?|sources?|no\.?|\^|#)?\s*\d{1,3}\b"
_MARK = re.compile(
    rf"\s*(?:\[\s*(?P<square>{_CITED}(?:\"[^\"]{{0,2000}}\"|“[^”]{{0,2000}}”|[^\[\]\"“]){{0,40}}?)\s*\]"
    rf"|【\s*(?P<wide>{_CITED}[^【】]{{0,2000}})】|\((?P<round>{_CITED}(?:\s*,\s*\d{{1,3}})*)\))",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"\"([^\"]+)\"|“([^”]+)”")
_NUMBER = re.compile(r"\d{1,3}\b")
_ENDED = re.compile(r"[.!?…。][\"'”’)\]]*$")  # noqa: RUF001
_TEXT_FIELD = re.compile(r'"(?:text|sentence)"\s*:\s*"((?:[^"\\]|\\.)*)')
_TEXT_KEYS = ("text", "sentence", "claim", "statement", "answer")
_EVIDENCE_KEYS = ("evidence", "citations", "cites", "sources", "passages", "passage", "quotes")
_NUMBER_KEYS = ("passage", "number", "id", "source", "index")


@dataclass(frozen=True, slots=True)
class Drafted:
    """A sentence as the model wrote it: the numbers of passages that it cites, and what it quotes of which (0: any)."""

    text: str
    cited: tuple[int, ...] = ()
    quoted: tuple[tuple[int, str], ...] = ()


def parse(reply: object, *, complete: bool = True) -> list[Drafted]:
    """The sentences of a reply: fields of a structured one, JSON in a text, or text with marks. None of a refusal.

    Of a reply that is not complete, the last sentence counts only if it was ended. Never raises.
    """
    if not isinstance(reply, str):
        return _of_fields(reply)[: None if complete else -1]
    text = _said(reply)
    fields = _json(text)
    if fields is not None:
        return _of_fields(fields)
    if _REFUSAL.match(text) or (text[:1] in "{[" and not _MARK.match(text)):
        return []
    return [drafted for line in text.splitlines() for drafted in _of_line(line, complete=complete)][:MAX_SENTENCES]


def declines(reply: object) -> bool:
    """Whether it says that there is no answer: in words, or by a list without sentences. Never raises."""
    if isinstance(reply, str) and _REFUSAL.match(text := _said(reply)):
        return True
    fields = _json(text) if isinstance(reply, str) else reply
    inner = fields.get("sentences", fields.get("answer")) if isinstance(fields, Mapping) else None
    return inner == [] or (isinstance(inner, str) and _REFUSAL.match(inner) is not None)


def as_written(reply: str) -> str:
    """What there is to show of a reply while it is being written: its sentences, their marks as numbers only."""
    text = _said(reply)
    if text[:1] in ("{", "["):
        text = " ".join(_unquoted(found) for found in _TEXT_FIELD.findall(text)) or ("" if text[:1] == "{" else text)
    shown = _MARK.sub(lambda mark: " " + "".join(f"[{number}]" for number in _read([mark])[0]), text)
    unfinished = shown.rfind("[")
    return _clean_lines(shown[:unfinished] if "]" not in shown[unfinished:] and unfinished >= 0 else shown)


def _said(reply: str) -> str:
    """Without what the model thought before, and the fence around it."""
    return _FENCE.sub("", _THOUGHT.sub("", reply[:MAX_REPLY]).strip())


def _unquoted(text: str) -> str:
    try:
        return str(json.loads(f'"{text}"'))
    except ValueError:
        return text


def _clean_lines(text: str) -> str:
    return " ".join(_clean(line) for line in text.splitlines() if line.strip())


def _json(text: str) -> object | None:
    start = min((place for place in (text.find("{"), text.find("[{")) if place >= 0), default=-1)
    if start < 0:
        return None
    try:
        return json.JSONDecoder().raw_decode(text, start)[0]  # type: ignore[no-any-return]
    except (ValueError, RecursionError):
        return None


def _of_fields(fields: object) -> list[Drafted]:
    if isinstance(fields, Mapping):
        inner = fields.get("sentences", fields.get("answer"))
        fields = parse(inner) if isinstance(inner, str) else inner if isinstance(inner, list) else [fields]
    listed = fields if isinstance(fields, list) else []
    return [drafted for one in listed[:MAX_SENTENCES] if (drafted := _of_field(one)) is not None]


def _of_field(one: object) -> Drafted | None:
    if isinstance(one, Drafted):
        return one
    if isinstance(one, str):
        return next(iter(_of_line(one, complete=True)), None)
    if not isinstance(one, Mapping):
        return None
    text = next((one[key] for key in _TEXT_KEYS if isinstance(one.get(key), str)), "")
    inner = next(iter(_of_line(text, complete=True)), Drafted(""))
    given: object = next((one[key] for key in _EVIDENCE_KEYS if key in one), [])
    evidence = [_evidence(part) for part in (given if isinstance(given, list) else [given])[:_MAX_QUOTES]]
    if isinstance(one.get("quote"), str):
        evidence.append((0, one["quote"]))
    cited = (*inner.cited, *(number for number, _ in evidence if number))
    quoted = (*inner.quoted, *((number, _clean(quote)) for number, quote in evidence if quote.strip()))
    return Drafted(inner.text, tuple(dict.fromkeys(cited)), quoted) if inner.text else None


def _evidence(part: object) -> tuple[int, str]:
    if isinstance(part, Mapping):
        number = next((_first_number(part[key]) for key in _NUMBER_KEYS if key in part), 0)
        quote = part.get("quote", part.get("text"))
        return number, quote if isinstance(quote, str) else ""
    number = _first_number(part)
    return number, "" if number or not isinstance(part, str) else part


def _first_number(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return 0
    found = _NUMBER.search(str(value)[:20])
    return int(found.group()) if found and len(str(value)) <= 20 else 0


def _of_line(line: str, *, complete: bool) -> Iterator[Drafted]:
    """The sentences of a line of text: a mark belongs to the sentence that it follows or ends."""
    line = re.sub(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+", "", line)
    start = 0
    while start < len(line):
        mark = _MARK.search(line, start)
        end = mark.start() if mark else len(line)
        marks: list[re.Match[str]] = []
        said = line[start:end]
        while mark and mark.start() == end + sum(len(found.group()) for found in marks):
            marks.append(mark)
            mark = _MARK.search(line, mark.end())
        start = marks[-1].end() if marks else len(line)
        yield from _of_span(said, marks, ended=complete or bool(marks))


def _of_span(said: str, marks: Sequence[re.Match[str]], *, ended: bool) -> Iterator[Drafted]:
    spans = list(sentences(said)) if said.strip() else []
    for number, (start, end) in enumerate(spans):
        last = number == len(spans) - 1
        text = _clean(said[start:end]).lstrip(".,;: ")
        if not any(character.isalnum() for character in text) or (last and not ended and not _ENDED.search(text)):
            continue
        cited, quoted = _read(marks) if last else ((), ())
        yield Drafted(text if _ENDED.search(text) else f"{text}.", cited, quoted)


def _read(marks: Sequence[re.Match[str]]) -> tuple[tuple[int, ...], tuple[tuple[int, str], ...]]:
    cited: list[int] = []
    quoted: list[tuple[int, str]] = []
    for mark in marks:
        body = mark["square"] or mark["wide"] or mark["round"]
        numbers = [int(found) for found in _NUMBER.findall(_QUOTED.sub(" ", body))]
        cited += numbers
        quoted += [(numbers[0] if numbers else 0, _clean(one or other)) for one, other in _QUOTED.findall(body)]
    return tuple(dict.fromkeys(cited)), tuple(quoted[:_MAX_QUOTES])


def _clean(text: str) -> str:
    """Without what the prompt's tags, Markdown emphasis and hidden characters add."""
    plain = visible(unescape(text[:_MAX_SENTENCE]))
    return re.sub(r"\*\*|__|`", "", plain).strip()
