"""Whatever a person names, read: what it is, and where it leads."""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Self

from index.errors import NoArticleError, SourceError
from index.protocols import VisitMemory
from index.sources.archives import ARCHIVES, Member, members
from index.sources.beside import PassedOver, is_of_a_page
from index.sources.budget import MAX_DEPTH, Budget
from index.sources.columns import Columns
from index.sources.documents import Document, Hints, Piece, document_kind, read_stream
from index.sources.familiar import Familiar
from index.sources.folders import is_pattern, source_files
from index.sources.found import Found, Opened
from index.sources.isolation import DEFAULT_LIMITS, Isolated, Limits
from index.sources.kinds import KIND_BY_SUFFIX, Kind
from index.sources.reading import read_limited
from index.sources.text import STANDARD_INPUT
from index.sources.worker import BROKEN
from index.types import Failure, Skipped

if TYPE_CHECKING:
    from index.fetching.fetch import Fetcher
    from index.sources.web import Web

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://|(?:data|javascript|mailto|file):", re.IGNORECASE)
_HOST = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}", re.IGNORECASE)
_IN_PROCESS: set[Kind] = {"text", "rows", "table"}
"""Read here: there is no parser in them that could hang or run riot."""

_SMALL_BYTES: dict[Kind, int] = {"markdown": 20_000, "json": 1_000_000}
"""Of a file that can take neither longer than a second nor much memory, whatever is in it: it is read here, too."""


@dataclass(frozen=True, slots=True)
class _Route:
    """How a document was come by: what its archive may still unpack, and where on the web it leads."""

    budget: Budget
    web: Web | None
    depth: int = 0
    """How many archives it lies in."""
    is_named: bool = True
    """Whether a person named it, rather than a folder or an archive it lies in: then it ought to be an article."""


class SourceReader:
    """Reads sources one after another. Never raises for what a source is or holds: that is a Failure.

    `columns` names the columns of tables, `fetcher` reads the web (without it no address is read), and `memory` knows
    which files and pages have been read before. `named` is whether a person named each file that is to be read. What
    was not named but found, and can be no article, is Skipped.
    """

    def __init__(
        self,
        *,
        columns: Mapping[str, str] | None = None,
        fetcher: Fetcher | None = None,
        memory: VisitMemory | None = None,
        limits: Limits = DEFAULT_LIMITS,
        named: bool = True,
    ) -> None:
        self._named = named
        self._columns = columns or {}
        self._fetcher = fetcher
        self._memory = memory
        self._familiar = Familiar(memory, self._columns) if memory else None
        self._isolated = Isolated(limits)

    def read(self, source: str) -> Iterator[Found]:
        """The articles of a file, a folder with its subfolders, a pattern, an address, or standard input for `-`."""
        found_any = False
        for found in self._source(source):
            is_nothing = isinstance(found, Opened) or (isinstance(found, Skipped) and self._named)
            found_any = found_any or not is_nothing
            yield found
        if not found_any:
            yield Failure(_printable(source), "there are no articles in it")

    def close(self) -> None:
        self._isolated.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def document(self, document: Document, web: Web | None = None, *, is_named: bool = True) -> Iterator[Found]:
        """Whatever is in one document, what it leads to included, as part of that round of visits."""
        if web is None and self._fetcher is not None:
            from index.sources.web import Web

            web = Web(self, self._fetcher, self._memory)
        yield from self._document(document, _Route(Budget(), web, is_named=is_named))

    def _source(self, source: str) -> Iterator[Found]:
        if not source:
            yield Failure("''", "it is not the name of anything: name a file, a folder or an address")
        elif source == "-":
            yield from self._standard_input()
        elif is_address(source):
            yield from self._web(source)
        else:
            passed_over = PassedOver()
            is_named = self._named and not os.path.isdir(source) and not is_pattern(source)
            for path in source_files(source, passed_over):
                yield from [path] if isinstance(path, Failure) else self._found_file(path, is_named=is_named)
            yield from passed_over.told(_printable(source))

    def _found_file(self, path: Path, *, is_named: bool) -> Iterator[Found]:
        of_a_page = not is_named and is_of_a_page(path.absolute(), os.path.lexists)
        for found in self._file(path, is_named=is_named):
            yield _skipped(found) if of_a_page and isinstance(found, Failure) else found

    def _file(self, path: Path, *, is_named: bool) -> Iterator[Found]:
        try:
            if not path.is_file():
                raise SourceError("it is not a file" if path.exists() else _missing(path))
        except (SourceError, OSError) as error:
            yield Failure(_printable(path), _reason(error))
            return
        except ValueError:  # what the system says of a NUL in a path
            yield Failure(_printable(path), "it is not a path")
            return
        origin = _printable(os.path.realpath(path))
        document = Document(origin=origin, name=path.name, path=path)
        for found in self._unless_familiar(document, path, is_named=is_named):
            if isinstance(found, Failure | Skipped) and found.source == origin:
                yield replace(found, source=_printable(path))
            else:
                yield found

    def _unless_familiar(self, document: Document, path: Path, *, is_named: bool) -> Iterator[Found]:
        pieces = self.document(document, is_named=is_named)
        try:
            yield from self._familiar.read(path, document.origin, pieces) if self._familiar else pieces
        except OSError as error:
            yield Failure(document.origin, _reason(error))

    def _standard_input(self) -> Iterator[Found]:
        try:
            data = read_limited(sys.stdin.buffer)
        except (SourceError, OSError) as error:
            yield Failure("standard input", _reason(error))
            return
        origin = f"{STANDARD_INPUT}{hashlib.sha256(data).hexdigest()[:12]}"
        for found in self.document(Document(origin=origin, name="stdin", data=data)):
            if isinstance(found, Failure):
                yield replace(found, source=found.source.replace(origin, "standard input", 1))
            else:
                yield found

    def _web(self, address: str) -> Iterator[Found]:
        if self._fetcher is None:
            yield Failure(_printable(address), "web pages are not fetched here: save the page as an .html file")
            return
        from index.sources.web import Web

        yield from Web(self, self._fetcher, self._memory).page(address)

    def _document(self, document: Document, route: _Route) -> Iterator[Found]:
        try:
            with document.open() as stream:
                kind = document_kind(stream, document.name)
                yield Opened(document.origin, kind)
                if kind in ARCHIVES:
                    for member in members(kind, stream, document.name, route.budget):
                        yield from self._member(document, member, replace(route, depth=route.depth + 1))
                elif kind in {"feed", "sitemap"}:
                    if route.web is None:
                        raise SourceError("it names web pages, which are not fetched here: save them as files")
                    yield from route.web.links(stream, document.origin)
                else:
                    yield from self._pieces(kind, document)
        except (SourceError, OSError, ValueError) as error:
            failure = Failure(document.origin, _reason(error))
            yield _skipped(failure) if isinstance(error, NoArticleError) and not route.is_named else failure

    def _member(self, archive: Document, member: Member | Skipped | Failure, route: _Route) -> Iterator[Found]:
        if not isinstance(member, Member):
            yield replace(member, source=archive.origin)
            return
        route = replace(route, is_named=route.is_named and member.is_alone)
        for found in self._member_found(f"{archive.origin}/{_printable(member.name)}", member, route):
            yield _skipped(found) if member.of_a_page and isinstance(found, Failure) else found

    def _member_found(self, origin: str, member: Member, route: _Route) -> Iterator[Found]:
        if isinstance(member.data, SourceError):
            yield Failure(origin, str(member.data))
        elif route.depth > MAX_DEPTH:
            yield Failure(origin, "archives lie too deep in one another: unpack them yourself")
        else:
            yield from self._document(Document(origin=origin, name=member.name, data=member.data), route)

    def _pieces(self, kind: Kind, document: Document) -> Iterator[Found]:
        for piece in self._read(kind, document):
            yield Opened(document.origin, kind, piece) if isinstance(piece, Columns) else piece

    def _read(self, kind: Kind, document: Document) -> Iterator[Piece]:
        hints = Hints(document.charset, self._columns)
        if kind in _IN_PROCESS or document.size() <= _SMALL_BYTES.get(kind, -1):
            with document.open() as stream:
                yield from read_stream(kind, stream, document.origin, hints)
        else:
            yield from self._isolated.read(kind, document, hints)


def is_address(source: str) -> bool:
    """Whether a source is written like an address rather than like a path."""
    return bool(_ADDRESS.match(source))


def _missing(path: Path) -> str:
    host = path.parts[0] if path.parts else ""
    looks_like_one = _HOST.fullmatch(host) and PurePath(host).suffix.lower() not in KIND_BY_SUFFIX
    return "it does not exist; a web address begins with https://" if looks_like_one else "it does not exist"


def _skipped(failure: Failure) -> Skipped:
    return Skipped(failure.source, f"not an article: {failure.reason}")


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"it cannot be read: {error.strerror}"
    return str(error) if isinstance(error, SourceError) else BROKEN


def _printable(path: Path | str) -> str:
    """A name whose bytes are not UTF-8 would fit neither into the store nor onto a terminal."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
