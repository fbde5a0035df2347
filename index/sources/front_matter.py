"""The YAML block that may open a Markdown file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime

from index.errors import SourceError
from index.sources.drafts import parse_date

MAX_CHARACTERS = 65_536

_BLOCK = re.compile(rf"---[ \t]*\n(.{{0,{MAX_CHARACTERS}}}?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)

_WITH_COLONS = re.compile(r"^([\w-]+):[ \t]+(?![\"'\[{|>&*!%@`#])(.*:(?:[ \t].*)?)$", re.MULTILINE)
"""A line whose value has a colon that YAML takes for another key's, and that YAML means nothing else by."""

Fields = Mapping[object, object]


def split_front_matter(source: str) -> tuple[Fields, str]:
    """The fields and the rest. No fields where the text merely begins with a rule. Raises SourceError for bad YAML."""
    found = _BLOCK.match(source)
    if not found:
        return {}, source
    fields = _load(found[1])
    return (fields, source[found.end() :]) if isinstance(fields, Mapping) else ({}, source)


def text_field(fields: Fields, *names: str) -> str | None:
    """The first of the fields that is there, as text; the items of a list are joined by commas."""
    value = next((fields[name] for name in names if fields.get(name) is not None), None)
    values = value if isinstance(value, list) else [value]
    if any(isinstance(item, dict | list | set | bytes) for item in values):
        raise SourceError(f"{names[0]} in its front matter is not plain text")
    return ", ".join(str(item) for item in values if item is not None) or None


def date_field(fields: Fields, *names: str) -> date | None:
    """The first of the fields that is there, as a day. Raises SourceError when it is none."""
    value = next((fields[name] for name in names if fields.get(name) is not None), None)
    if isinstance(value, datetime):
        return value.date()
    if value is None or isinstance(value, date):
        return value
    return parse_stated_date(str(value) if isinstance(value, str | int) else "", names[0])


def parse_stated_date(text: str, name: str) -> date:
    """Raises SourceError, naming the field, when the text is no date."""
    found = parse_date(text)
    if found is None:
        raise SourceError(f"{name} is no date: write it as 2023-04-05")
    return found


def _quoted(line: re.Match[str]) -> str:
    value = line[2].strip().replace("'", "''")
    return f"{line[1]}: '{value}'"


def _load(block: str) -> object:
    import yaml

    try:
        return yaml.safe_load(block)
    except yaml.MarkedYAMLError as error:
        with suppress(yaml.YAMLError, ValueError, RecursionError):
            if (quoted := _WITH_COLONS.sub(_quoted, block)) != block:
                return yaml.safe_load(quoted)
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        raise SourceError(f"line {line} of its front matter is not YAML: put quotes around the value") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise SourceError("its front matter is not YAML: put quotes around the values") from error
