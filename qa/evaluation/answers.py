"""Answer metrics as the SQuAD evaluation defines them (Rajpurkar et al., 2016 and 2018).

An answer is compared after lower-casing and dropping ASCII punctuation, the articles a/an/the and extra white
space. With several accepted answers the best score counts. An unanswerable question has no accepted answers and
is right (1.0) only when it is refused.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Callable, Sequence

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_WORD = re.compile(r"[^\W_]+")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalize_answer(text: str) -> str:
    """Lower-cased, without ASCII punctuation, the articles a/an/the and extra white space."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def exact_match(answer: str | None, accepted: Sequence[str]) -> float:
    """1.0 if the normalised answer equals one of the accepted answers, else 0.0."""
    return _best(answer, accepted, lambda a, b: float(normalize_answer(a) == normalize_answer(b)))


def f1(answer: str | None, accepted: Sequence[str]) -> float:
    """Harmonic mean of token precision and recall against the best accepted answer, in [0, 1]."""
    return _best(answer, accepted, _token_f1)


def answer_recall(answer: str | None, accepted: Sequence[str]) -> float:
    """The share of an accepted answer's tokens that the answer has, at the best accepted answer, in [0, 1]."""
    return _best(answer, accepted, _token_recall)


def rouge_l(answer: str | None, accepted: Sequence[str]) -> float:
    """ROUGE-L (Lin, 2004): F1 over the longest common subsequence of lower-cased words, at the best, in [0, 1].

    Unlike the other three it keeps a, an and the, and takes every other character than a letter or digit as a space.
    """
    return _best(answer, accepted, _rouge_l)


def _best(answer: str | None, accepted: Sequence[str], score: Callable[[str, str], float]) -> float:
    # As in the official script: accepted answers that normalise to nothing do not count.
    real = [text for text in accepted if normalize_answer(text)]
    if not real:
        return float(answer is None or not normalize_answer(answer))
    return max(score(answer, text) for text in real) if answer else 0.0


def _token_f1(answer: str, accepted: str) -> float:
    got, wanted = normalize_answer(answer).split(), normalize_answer(accepted).split()
    if not got or not wanted:
        return float(got == wanted)
    common = sum((Counter(got) & Counter(wanted)).values())
    return 2 * common / (len(got) + len(wanted))


def _token_recall(answer: str, accepted: str) -> float:
    got, wanted = Counter(normalize_answer(answer).split()), Counter(normalize_answer(accepted).split())
    return sum((got & wanted).values()) / sum(wanted.values()) if wanted else float(not got)


def _rouge_l(answer: str, accepted: str) -> float:
    from rapidfuzz.distance import LCSseq

    got, wanted = _WORD.findall(answer.lower()), _WORD.findall(accepted.lower())
    return 2 * LCSseq.similarity(got, wanted) / (len(got) + len(wanted)) if got or wanted else 1.0
