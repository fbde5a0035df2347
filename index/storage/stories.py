"""Which articles are near copies of one another, as rows of the store: a story is an article with all its copies.

A story is found by the bands of its first article alone, and a new article joins the story whose first article it is
a copy of. So a thousand copies cost a thousand comparisons, and a chain of small changes makes no story.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from index.errors import DamageError
from index.storage.likeness import band_numbers, bands, is_copy
from index.storage.records import LISTED, article_hash

STORIES_OF_A_BAND = 50
"""Looked at, at most: a band that more stories have tells nothing."""
MOST_COMPARED = 5
"""Texts that a new one is compared with: those with the most bands in common."""
SELECT_MEMBERS = "SELECT article, id, story, bands, hash FROM stories "


@dataclass(frozen=True, slots=True)
class Member:
    """An article's place in a story. `number` is the article's, `story` the number of the one that it began with."""

    number: int
    id: str
    story: int
    bands: bytes


class Stories:
    """The stories of one transaction. `damaged` makes an error of what is wrong with a row."""

    def __init__(self, connection: sqlite3.Connection, damaged: Callable[[str], DamageError]) -> None:
        self._connection = connection
        self._damaged = damaged

    def of(self, numbers: Sequence[int]) -> dict[int, int]:
        """The story of each of the articles with these numbers."""
        return {member.number: member.story for member in self._members(numbers)}

    def copies(self, numbers: Sequence[int]) -> dict[int, str]:
        """For each of these articles that is a copy, the id of the one that was taken in first."""
        # Which article a story began with is seen at once: it is the story's number, and most articles are their own.
        found = [member for member in self._members(numbers) if member.number != member.story]
        firsts = {story: self._first(story) for story in {member.story for member in found}}
        pairs = ((member, firsts[member.story]) for member in found)
        return {member.number: first.id for member, first in pairs if first and first != member}

    def all_copies(self) -> dict[int, str]:
        """The same for every article."""
        firsts: dict[int, str] = {}
        copies = {}
        for member in map(self._checked, self._connection.execute(SELECT_MEMBERS + "ORDER BY article")):
            first = firsts.setdefault(member.story, member.id)
            if first != member.id:
                copies[member.number] = first
        return copies

    def join(self, number: int, article_id: str, text: str) -> None:
        """Let an article that has just been stored join the story that it is a copy of, else begin one."""
        found = bands(text)
        story = self._like(text, found) or number
        row = (number, article_id, story, found)
        self._connection.execute("INSERT INTO stories VALUES (?, ?, ?, ?, ?)", (*row, _hash(*row)))
        if story == number:
            self._make_known(story, found)

    def leave(self, number: int) -> None:
        """Take an article out of its story, which from now on is found by the bands of the next one."""
        for member in self._members([number]):
            first = self._first(member.story)
            self._connection.execute("DELETE FROM stories WHERE article = ?", (number,))
            if first == member:
                self._connection.execute("DELETE FROM bands WHERE story = ?", (member.story,))
                if following := self._first(member.story):
                    self._make_known(member.story, following.bands)

    def begin_anew(self) -> None:
        """Forget every story and find them again, in the order in which the articles were taken in."""
        self._connection.execute("DELETE FROM stories")
        self._connection.execute("DELETE FROM bands")
        for (number,) in self._connection.execute("SELECT number FROM articles ORDER BY number").fetchall():
            row = self._connection.execute("SELECT id, text FROM articles WHERE number = ?", (number,)).fetchone()
            self.join(number, *row)

    def problems(self) -> Iterator[str]:
        """A line for everything that does not fit: rows to their hashes, articles and bands to the rows."""
        for row in self._connection.execute(SELECT_MEMBERS + "ORDER BY article").fetchall():
            try:
                member = self._checked(row)
                if self._first(member.story) == member and not self._is_known(member):
                    yield f"story {member.story} cannot be found by its bands"
            except DamageError as error:
                yield error.what
        without = "SELECT number FROM articles WHERE number NOT IN (SELECT article FROM stories)"
        for (number,) in self._connection.execute(without).fetchall():
            yield f"article number {number} has no story"

    def _members(self, numbers: Sequence[int]) -> list[Member]:
        listed = json.dumps(list(numbers))
        rows = self._connection.execute(SELECT_MEMBERS + "WHERE article IN " + LISTED, (listed,))
        return [self._checked(row) for row in rows]

    def _first(self, story: int) -> Member | None:
        query = SELECT_MEMBERS + "WHERE story = ? ORDER BY article LIMIT 1"
        found = self._connection.execute(query, (story,)).fetchone()
        return self._checked(found) if found else None

    def _checked(self, row: tuple[int, str, int, bytes, bytes]) -> Member:
        number, id_, story, found, stored = row
        if stored != _hash(number, id_, story, found):
            raise self._damaged(f"the story of article number {number} is not as it was written")
        return Member(number, id_, story, found)

    def _like(self, text: str, found: bytes) -> int | None:
        """The story whose first article this text is a copy of."""
        met: Counter[int] = Counter()
        for band in band_numbers(found):
            query = "SELECT story FROM bands WHERE band = ? LIMIT ?"
            met.update(story for (story,) in self._connection.execute(query, (band, STORIES_OF_A_BAND)))
        for story, _ in met.most_common(MOST_COMPARED):
            first = self._first(story)
            query = "SELECT text FROM articles WHERE number = ?"
            row = first and self._connection.execute(query, (first.number,)).fetchone()
            if row and is_copy(text, row[0]):
                return story
        return None

    def _make_known(self, story: int, found: bytes) -> None:
        rows = ((band, story) for band in set(band_numbers(found)))
        self._connection.executemany("INSERT INTO bands VALUES (?, ?)", rows)

    def _is_known(self, member: Member) -> bool:
        stored = self._connection.execute("SELECT band FROM bands WHERE story = ?", (member.story,))
        return {band for (band,) in stored} == set(band_numbers(member.bands))


def _hash(*fields: object) -> bytes:
    return article_hash([value.hex() if isinstance(value, bytes) else value for value in fields])
