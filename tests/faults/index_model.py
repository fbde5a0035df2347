"""The whole index against a dictionary: whatever is done to it, it holds, finds and backs up what the model holds."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import seed as with_seed
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from index.backup import back_up, restore
from index.errors import ArticleMissingError
from index.local import LocalIndex
from index.types import EVERYTHING, Article, Filter
from tests.doubles_index import HashingEmbedder, stored_article

EMBEDDER = HashingEmbedder()
ENOUGH = 200
"""More passages than there ever are."""
NAMES = st.sampled_from("abcdefgh")
BATCHES = st.dictionaries(NAMES, st.integers(0, 3), max_size=5)
FILTERS = st.sampled_from(
    [EVERYTHING, Filter(outlets=("Wire",)), Filter(since=date(2023, 3, 1)), Filter(article_ids=("a", "b"))]
)


def article(name: str, version: int) -> Article:
    text = f"Of {name} there is much to say. " * (1 + version) + f"This is version {version}."
    outlet = "Wire" if version % 2 else "Post"
    published = date(2023, 1 + version, 1) if name < "f" else None
    return stored_article(name, text, title=f"On {name}", outlet=outlet, published=published)


def fits(one: Article, where: Filter) -> bool:
    return (
        (not where.outlets or one.outlet in where.outlets)
        and (not where.article_ids or one.id in where.article_ids)
        and (where.since is None or (one.published is not None and one.published >= where.since))
    )


def check(runs: int, steps: int, *, seed: int = 0) -> int:
    """Try that many runs of about so many steps each; the number of steps done. Raises where the index is wrong."""
    IndexModel.steps = 0
    chosen = settings(
        max_examples=runs, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(with_seed(seed)(IndexModel), settings=chosen)
    return IndexModel.steps


class IndexModel(RuleBasedStateMachine):
    """`steps` counts what was done in all runs together."""

    steps = 0

    @initialize()
    def begin(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="model-"))
        self.model: dict[str, Article] = {}
        self.index = LocalIndex.create_or_open(self.root / "index", EMBEDDER)
        self.generation = 0

    @rule(batch=BATCHES)
    def add(self, batch: Mapping[str, int]) -> None:
        articles = [article(name, version) for name, version in batch.items()]
        changes = self.index.add(articles)
        assert changes == [self._change(one) for one in articles]
        self.model |= {one.id: one for one in articles}

    def _change(self, one: Article) -> str:
        if one.id not in self.model:
            return "added"
        return "unchanged" if self.model[one.id] == one else "updated"

    @rule(names=st.lists(NAMES, min_size=1, max_size=3))
    def remove(self, names: list[str]) -> None:
        if set(names) <= self.model.keys():
            self.index.remove(names)
            self.model = {name: one for name, one in self.model.items() if name not in names}
        else:
            with pytest.raises(ArticleMissingError):
                self.index.remove(names)

    @rule()
    def publish(self) -> None:
        self.index.publish()

    @rule()
    def reopen(self) -> None:
        self.index.close()
        self.index = LocalIndex.open(self.root / "index", EMBEDDER)

    @rule(name=NAMES)
    def read(self, name: str) -> None:
        if name in self.model:
            assert replace(self.index.article(name), copy_of=None) == self.model[name]
        else:
            with pytest.raises(ArticleMissingError):
                self.index.article(name)

    @rule(name=NAMES, where=FILTERS)
    def search(self, name: str, where: Filter) -> None:
        hits = self.index.search(f"much to say of {name}", ENOUGH, where)
        found = {hit.article.id: replace(hit.article, copy_of=None) for hit in hits}
        assert found == {key: one for key, one in self.model.items() if fits(one, where)}
        for hit in hits:
            assert hit.passage.text == hit.article.text[hit.passage.start : hit.passage.end]
        assert len({(hit.article.id, hit.passage.start) for hit in hits}) == len(hits)

    @rule()
    def list_all(self) -> None:
        assert {one.id: (one.title, one.outlet, one.published, one.characters) for one in self.index.articles()} == {
            one.id: (one.title, one.outlet, one.published, len(one.text)) for one in self.model.values()
        }

    @rule()
    def back_up_and_restore(self) -> None:
        back_up(self.root / "index", self.root / "backup.db")
        restore(self.root / "backup.db", self.root / "restored", replace=True)
        restored = LocalIndex.open(self.root / "restored", EMBEDDER)
        assert {one.id: replace(restored.article(one.id), copy_of=None) for one in restored.articles()} == self.model
        assert restored.verify() == []
        restored.close()

    @invariant()
    def counts(self) -> None:
        type(self).steps += 1
        if hasattr(self, "index"):
            info = self.index.info()
            assert info.articles == len(self.model)
            assert info.generation >= self.generation
            self.generation = info.generation

    def teardown(self) -> None:
        if hasattr(self, "index"):
            assert self.index.verify() == []
            self.index.close()
            shutil.rmtree(self.root)
