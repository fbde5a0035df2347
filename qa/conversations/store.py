"""Conversations kept in an SQLite file beside the index: one owner each, and nobody sees another's.

An owner is an unguessable text that a browser keeps; only its hash is stored, so that who reads the file cannot pose
as one. What is deleted can be brought back for a day, and is then gone for good.
"""

from __future__ import annotations

import hashlib
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from index.errors import ConversationMissingError, IndexFormatError, StorageError
from qa.conversations.records import from_record, to_record
from qa.conversations.types import (
    MAX_TITLE,
    Conversation,
    ConversationSummary,
    Exchange,
    settled,
    title_of,
)
from qa.question import visible

FILE = "conversations.db"
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE conversations (
            id TEXT PRIMARY KEY,
            owner BLOB NOT NULL,
            title TEXT NOT NULL,
            changed TEXT NOT NULL,
            deleted TEXT
        ) STRICT""",
        "CREATE INDEX conversations_of_owner ON conversations (owner, changed)",
        """CREATE TABLE exchanges (
            conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
            place INTEGER NOT NULL,
            record TEXT NOT NULL,
            hash BLOB NOT NULL,
            PRIMARY KEY (conversation, place)
        ) STRICT""",
    ),
)
"""Step n takes the schema from version n to n + 1. Steps are only ever added."""
_OURS = "WHERE id = ? AND owner = ? AND deleted IS NULL"
_KEPT_AFTER_DELETING = timedelta(days=1)
_LISTED = 500
_BUSY_S = 20.0
_DAMAGED = "This answer can't be shown: it is not as it was kept."


class ConversationStore:
    """Safe to use from many threads and processes. Every method raises StorageError where the file can't be used."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    def listing(self, owner: str) -> list[ConversationSummary]:
        """The owner's conversations, the last changed first."""
        with self._connection() as connection:
            rows = connection.execute(
                "SELECT id, title, changed FROM conversations WHERE owner = ? AND deleted IS NULL"
                " ORDER BY changed DESC, id LIMIT ?",
                (_hashed(owner), _LISTED),
            ).fetchall()
        return [ConversationSummary(id_, title, datetime.fromisoformat(changed)) for id_, title, changed in rows]

    def load(self, owner: str, conversation_id: str) -> Conversation:
        """A conversation as it was kept. Raises ConversationMissingError if the owner has none of that id."""
        with self._connection() as connection:
            found = connection.execute(
                f"SELECT title FROM conversations {_OURS}",  # noqa: S608 - a constant
                (conversation_id, _hashed(owner)),
            ).fetchone()
            if found is None:
                raise _missing()
            rows = connection.execute(
                "SELECT place, record, hash FROM exchanges WHERE conversation = ? ORDER BY place", (conversation_id,)
            ).fetchall()
        exchanges = tuple(replace(_exchange(record, digest), place=place) for place, record, digest in rows)
        return settled(Conversation(exchanges, conversation_id, found[0]))

    def keep(self, owner: str, conversation: Conversation) -> Conversation:
        """Keep a conversation whose last exchange is new or has changed; when this returns, it is on the disk.

        Only that exchange is written, in its place, and those that have none, after all others: what another page of
        the same conversation has kept meanwhile stays. A conversation that is not there (yet, or no more) is kept
        whole under a new id. The result has the id and the places.
        """
        with self._connection() as connection:
            if conversation.id and self._touch(connection, owner, conversation.id):
                return self._put_new(connection, conversation)
            return self._put_whole(connection, owner, conversation)

    def keep_outcome(self, owner: str, conversation: Conversation) -> Conversation:
        """The same for what a question has come to, but where its conversation was deleted meanwhile, it stays so."""
        with self._connection() as connection:
            if conversation.id is None:
                return self._put_whole(connection, owner, conversation)
            if self._touch(connection, owner, conversation.id):
                return self._put_new(connection, conversation)
        return conversation

    @staticmethod
    def _put_new(connection: sqlite3.Connection, conversation: Conversation) -> Conversation:
        (first,) = connection.execute(
            "SELECT coalesce(max(place) + 1, 0) FROM exchanges WHERE conversation = ?", (conversation.id,)
        ).fetchone()
        free = count(first)
        exchanges = conversation.exchanges
        placed = tuple(replace(one, place=next(free)) if one.place is None else one for one in exchanges)
        new = [now for was, now in zip(exchanges, placed, strict=True) if was.place is None or was is exchanges[-1]]
        rows = [_row(conversation.id, one) for one in new]
        connection.executemany("INSERT OR REPLACE INTO exchanges VALUES (?, ?, ?, ?)", rows)
        return replace(conversation, exchanges=placed)

    @staticmethod
    def _put_whole(connection: sqlite3.Connection, owner: str, conversation: Conversation) -> Conversation:
        kept = replace(
            conversation,
            id=uuid.uuid4().hex,
            title=conversation.title or title_of(conversation.exchanges[0].question),
            exchanges=tuple(replace(one, place=place) for place, one in enumerate(conversation.exchanges)),
        )
        values = (kept.id, _hashed(owner), kept.title, _now())
        connection.execute("INSERT INTO conversations VALUES (?, ?, ?, ?, NULL)", values)
        rows = [_row(kept.id, one) for one in kept.exchanges]
        connection.executemany("INSERT INTO exchanges VALUES (?, ?, ?, ?)", rows)
        return kept

    def rename(self, owner: str, conversation_id: str, title: str) -> None:
        """Raises ConversationMissingError. A title without a visible character changes nothing."""
        title = visible(title[: 4 * MAX_TITLE]).strip()[:MAX_TITLE]
        with self._connection() as connection:
            self._mine(connection, owner, conversation_id)
            if title:
                connection.execute("UPDATE conversations SET title = ? WHERE id = ?", (title, conversation_id))

    def delete(self, owner: str, conversation_id: str) -> None:
        """Let a conversation go; `restore` brings it back for a day. Raises ConversationMissingError."""
        with self._connection() as connection:
            self._mine(connection, owner, conversation_id)
            connection.execute("UPDATE conversations SET deleted = ? WHERE id = ?", (_now(), conversation_id))
            before = (datetime.now(UTC) - _KEPT_AFTER_DELETING).isoformat()
            connection.execute("DELETE FROM conversations WHERE deleted < ?", (before,))

    def restore(self, owner: str, conversation_id: str) -> None:
        """Bring a deleted conversation back. Raises ConversationMissingError if it is gone for good."""
        with self._connection() as connection:
            undone = connection.execute(
                "UPDATE conversations SET deleted = NULL WHERE id = ? AND owner = ?", (conversation_id, _hashed(owner))
            )
            if undone.rowcount != 1:
                raise _missing()

    @staticmethod
    def _touch(connection: sqlite3.Connection, owner: str, conversation_id: str) -> bool:
        changed = connection.execute(
            f"UPDATE conversations SET changed = ? {_OURS}",  # noqa: S608 - a constant
            (_now(), conversation_id, _hashed(owner)),
        )
        return changed.rowcount == 1

    @staticmethod
    def _mine(connection: sqlite3.Connection, owner: str, conversation_id: str) -> None:
        values = (conversation_id, _hashed(owner))
        if connection.execute(f"SELECT 1 FROM conversations {_OURS}", values).fetchone() is None:  # noqa: S608
            raise _missing()

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """A transaction of its own, committed when the block ends and undone when it raises."""
        try:
            # Opening takes a fraction of a millisecond, and nothing has to be shared between threads.
            with closing(sqlite3.connect(self._path, isolation_level=None, timeout=_BUSY_S)) as connection:
                # No WAL: who comes while another turns it on is refused at once, however long it would have waited.
                for pragma in ("synchronous = EXTRA", "foreign_keys = ON", "secure_delete = ON"):
                    connection.execute(f"PRAGMA {pragma}").fetchall()
                connection.execute("BEGIN IMMEDIATE")
                self._migrate(connection)
                yield connection
                connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise StorageError(f"Conversations cannot be kept in {self._path} ({error}): check the disk.") from error

    def _migrate(self, connection: sqlite3.Connection) -> None:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > len(MIGRATIONS):
            raise IndexFormatError(f"{self._path} has format {version}: use a newer version of the program")
        for step in MIGRATIONS[version:]:
            for statement in step:
                connection.execute(statement)
        if version < len(MIGRATIONS):
            connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


def _row(conversation_id: str | None, exchange: Exchange) -> tuple[str | None, int | None, str, bytes]:
    record = to_record(exchange)
    return conversation_id, exchange.place, record, _digest(record)


def _exchange(record: str, digest: bytes) -> Exchange:
    try:
        if digest != _digest(record):
            return Exchange("?", problem=_DAMAGED)
        return from_record(record)
    except ValueError:
        return Exchange("?", problem=_DAMAGED)


def _digest(record: str) -> bytes:
    return hashlib.sha256(record.encode()).digest()


def _hashed(owner: str) -> bytes:
    return hashlib.sha256(owner.encode()).digest()


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _missing() -> ConversationMissingError:
    return ConversationMissingError("This conversation is not there any more.")
