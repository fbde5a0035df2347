"""The tables of the store, and how an older format becomes the present one."""

from __future__ import annotations

import sqlite3

APPLICATION_ID = 0x51614178
"""In the file's header, so that another program's database is not taken for ours ("QaAx")."""

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
        """CREATE TABLE articles (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            source TEXT NOT NULL,
            title TEXT NOT NULL,
            text TEXT NOT NULL,
            content_hash TEXT NOT NULL,
            published TEXT,
            author TEXT,
            outlet TEXT,
            language TEXT,
            characters INTEGER NOT NULL,
            hash BLOB NOT NULL
        ) STRICT""",
        """CREATE TABLE passages (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            article INTEGER NOT NULL REFERENCES articles (number) ON DELETE CASCADE,
            ordinal INTEGER NOT NULL,
            start INTEGER NOT NULL,
            end INTEGER NOT NULL,
            vector BLOB NOT NULL,
            hash BLOB NOT NULL
        ) STRICT""",
        "CREATE INDEX passages_of_article ON passages (article)",
        # What the caches must forget: small (two numbers a passage), so it is kept until every passage is made anew.
        "CREATE TABLE removals (passage INTEGER PRIMARY KEY, generation INTEGER NOT NULL) STRICT",
        "CREATE INDEX removals_by_generation ON removals (generation)",
        "INSERT INTO meta VALUES ('generation', '0'), ('caches_since', '0')",
    ),
    (
        """CREATE TABLE visits (
            url TEXT PRIMARY KEY,
            etag TEXT,
            last_modified TEXT,
            article_ids TEXT NOT NULL,
            hash BLOB NOT NULL
        ) STRICT""",
    ),
    (
        # `id` is here again so that the row's hash vouches for it.
        """CREATE TABLE stories (
            article INTEGER PRIMARY KEY REFERENCES articles (number) ON DELETE CASCADE,
            id TEXT NOT NULL,
            story INTEGER NOT NULL,
            bands BLOB NOT NULL,
            hash BLOB NOT NULL
        ) STRICT""",
        "CREATE INDEX articles_of_story ON stories (story)",
        # What a story's first article may be found by; that article's row in `stories` vouches for it.
        """CREATE TABLE bands (
            band INTEGER NOT NULL,
            story INTEGER NOT NULL,
            PRIMARY KEY (band, story)
        ) STRICT, WITHOUT ROWID""",
        "CREATE INDEX bands_of_story ON bands (story)",
    ),
)
"""Step n takes the schema from version n to n + 1. Steps are only ever added."""


def present_version(connection: sqlite3.Connection) -> int:
    """Asked again inside the transaction: another process may have made or migrated the index meanwhile."""
    if not connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'meta'").fetchone()[0]:
        return 0
    (version,) = connection.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone()
    return int(version)
