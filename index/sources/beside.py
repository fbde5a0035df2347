"""What lies beside articles: pictures, styles and the like, told by their names, and the files of a saved page."""

from __future__ import annotations

import os
import re
import stat
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from index.errors import NoArticleError, SourceError
from index.sources.kinds import HEAD_BYTES, KIND_BY_SUFFIX, kind_of
from index.types import Failure, Skipped

_PICTURES = ".png .apng .jpg .jpeg .jpe .jfif .gif .webp .avif .heic .heif .bmp .ico .cur .tif .tiff .svg .svgz .psd"
_FONTS = ".woff .woff2 .ttf .otf .eot"
_SOUND_AND_FILM = ".mp3 .m4a .aac .ogg .oga .opus .wav .flac .mp4 .m4v .webm .ogv .mov .avi .mkv .mpg .mpeg .wmv .vtt"
_OF_PAGES = ".css .scss .less .js .mjs .cjs .ts .map .wasm .swf .webmanifest"
_OF_MACHINES = ".py .pyc .sh .bat .exe .dll .so .class .jar .ini .toml .yml .yaml .lock .db .tmp .bak .part"
_NEVER = frozenset(" ".join((_PICTURES, _FONTS, _SOUND_AND_FILM, _OF_PAGES, _OF_MACHINES)).split())

_RESOURCES = re.compile(r"(?P<page>.+)(?:[_.]files|_fichiers|-Dateien|_archivos|_bestanden|_arquivos|_file)")
"""The folder that a browser puts beside a page that it saves, as browsers name it in several languages."""

_PAGES = (".html", ".htm", ".xhtml")


@dataclass(slots=True)
class PassedOver:
    """What was not opened where files were found rather than named, counted by kind."""

    never: Counter[str] = field(default_factory=Counter)
    """Of kinds that are never articles."""
    unread: Counter[str] = field(default_factory=Counter)
    """What may be articles, but is not read."""

    def add(self, path: PurePath, *, is_never: bool) -> None:
        (self.never if is_never else self.unread)[suffix_kind(path)] += 1

    def told(self, source: str) -> Iterator[Skipped | Failure]:
        """A line for either, where there is any."""
        if count := self.never.total():
            yield Skipped(source, f"not {'an article' if count == 1 else 'articles'}: {_listed(self.never)}", count)
        if self.unread.total():
            yield Failure(source, f"left out, as not of a kind that is read: {_listed(self.unread)}")


def is_source(path: PurePath, *, of_a_page: bool) -> bool:
    """Whether a file that was found is opened. Of a saved page's own files, a text is a script under another name."""
    kind = KIND_BY_SUFFIX.get(path.suffix.lower())
    return kind is not None and not (of_a_page and kind == "text")


def is_never_an_article(path: PurePath) -> bool:
    """By its name. Browsers save a script as `.js.download`."""
    plain = path.with_suffix("") if path.suffix.lower() == ".download" else path
    return plain.suffix.lower() in _NEVER


def holds_no_article(path: Path) -> bool:
    """The same by its first bytes."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return False
        with path.open("rb") as file:
            kind_of(file.read(HEAD_BYTES), "")
    except NoArticleError:
        return True
    except (SourceError, OSError):
        return False
    return False


def is_of_a_page(path: PurePath, exists: Callable[[PurePath], bool]) -> bool:
    """Whether a file lies in the folder of what a browser saved along with a page that is there itself."""
    for folder in path.parents:
        if found := _RESOURCES.fullmatch(folder.name):
            return any(exists(folder.with_name(found["page"] + ending)) for ending in _PAGES)
    return False


def suffix_kind(path: PurePath) -> str:
    """What to call the files of a kind that is not read."""
    return f"{path.suffix.lower()} files" if path.suffix else "files without an extension"


def _listed(counts: Counter[str]) -> str:
    return ", ".join(_counted(count, what) for what, count in sorted(counts.items()) if count)


def _counted(count: int, what: str) -> str:
    one = re.sub(r"\b(link|file|device)s\b", r"\1", what).replace(" lead ", " leads ")
    return f"{count} {one if count == 1 else what}"
