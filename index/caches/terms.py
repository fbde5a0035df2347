"""The words of texts and of questions, as they are indexed and looked up."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tantivy

MAX_QUERY_CHARACTERS = 20_000
MAX_QUERY_TERMS = 64
_LONGEST_WORD_BYTES = 80

STOP_WORDS = frozenset(
    """
    a about am an and any are as at be been being but by can could d did do does doing for from had has have having he
    her hers him his how i if in into is it its itself ll m me my of on or our ours re s she should so some such t than
    that the their theirs them then there these they this those to too us ve was we were what when where which while who
    whom whose why will with would you your yours
    """.split()  # noqa: SIM905  # a list of ninety quoted words reads worse
)
"""Words that questions are made of. They say nothing about the subject, so they don't take part unless they are all."""


def query_terms(query: str) -> list[str]:
    """The stems that a question is looked up by: each once, without stop words unless there is nothing else."""
    words = list(dict.fromkeys(_splitter().analyze(query[:MAX_QUERY_CHARACTERS])))
    telling = [word for word in words if word not in STOP_WORDS] or words
    return list(dict.fromkeys(stem for word in telling for stem in analyser().analyze(word)))[:MAX_QUERY_TERMS]


def _builder() -> tantivy.TextAnalyzerBuilder:
    from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

    plain = TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.remove_long(_LONGEST_WORD_BYTES))
    return plain.filter(Filter.lowercase()).filter(Filter.ascii_fold())


@cache
def _splitter() -> tantivy.TextAnalyzer:
    return _builder().build()


@cache
def analyser() -> tantivy.TextAnalyzer:
    """What turns a passage, a title or a word of a question into stems."""
    from tantivy import Filter

    return _builder().filter(Filter.stemmer("english")).build()
