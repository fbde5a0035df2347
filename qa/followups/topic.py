"""Whether a question has changed the topic, as the articles see it: then the words put after it are taken away again.

What `rewriting` puts in brackets is a guess from the conversation alone. The articles know better: words that belong
together stand together in one of their passages.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from index.protocols import PassageSearch
from index.types import EVERYTHING, Filter, Hit
from qa.followups.carrying import on_topic, stems
from qa.followups.rewriting import only_put_after
from qa.types import Turn
from qa.wording import left_out, open_pronoun, points_back

_LOOKED_AT = 8
_OWN_WORDS = 2
"""A question of fewer words of its own is about anything, so that the articles can't tell."""
_SAID_SHARE = 1 / 4
"""How many of its own words the conversation may have said, at most. Chosen on the half that nothing is reported on."""
_CARRIED_WORDS = 2
_CARRIED_SHARE = 1 / 3
"""How many of the carried words a passage must have to be about what the conversation is about, at least."""


def settled(
    index: PassageSearch, question: str, completed: str, history: Sequence[Turn], where: Filter = EVERYTHING
) -> str:
    """The completed question, or the one asked, where a passage has more of its words than any on the conversation has.

    Searches the index twice, and only where words were put after a question that may have changed the topic.
    """
    if not may_have_changed(question, completed, history):
        return completed
    alone = index.search(question, _LOOKED_AT, where)
    together = index.search(completed, _LOOKED_AT, where)
    return completed if belong(question, completed, alone, together) else question


def may_have_changed(question: str, completed: str, history: Sequence[Turn]) -> bool:
    """Whether it was completed with words put after it alone, points at nothing and says hardly a word again."""
    if not only_put_after(question, completed):
        return False
    if open_pronoun(question) or points_back(question) or left_out(question):
        return False
    told = (text for turn in on_topic(history) for text in (turn.question, turn.answer or ""))
    own, said = stems(question), stems(*told)
    return len(own) >= _OWN_WORDS and len(own & said) <= _SAID_SHARE * len(own)


def belong(question: str, completed: str, alone: Sequence[Hit], together: Sequence[Hit]) -> bool:
    """Whether a passage with carried words has as many of the question's own as any that it finds alone. Pure."""
    own = stems(question)
    carried = stems(completed) - own
    least = max(min(_CARRIED_WORDS, len(carried)), _CARRIED_SHARE * len(carried))
    texts, others = [_words(hit) for hit in alone], [_words(hit) for hit in together]
    beside = [text for text in (*texts, *others) if len(carried & text) >= least]
    return _most(own, beside) >= _most(own, texts)


def _most(words: frozenset[str], texts: Iterable[frozenset[str]]) -> int:
    return max((len(words & text) for text in texts), default=0)


def _words(hit: Hit) -> frozenset[str]:
    return stems(hit.article.title, hit.passage.text)
