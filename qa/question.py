"""What a question may be, checked before anything is loaded, searched or tokenised for it: pure."""

from __future__ import annotations

import re
import unicodedata

from index.errors import QuestionError
from qa.facts import WORD, words

MAX_CHARACTERS = 2_000
_PLEASANTRY = re.compile(
    "hello|hi|hey|hallo|hola|bonjour|ciao|good|thanks|thank|thx|merci|danke|gracias|ok|okay|bye|goodbye"
)
_BESIDE_ONE = re.compile("there|you|very|much|so|a|lot|morning|afternoon|evening|day|great|cool|perfect")
_MEASURES = frozenset("big come deep else exactly far fast few high large long many often old soon tall wide".split())  # noqa: SIM905
"""What may follow "how" and "who", and still names nothing."""
_JOINERS = "\u200c\u200d"  # Persian and Indic words, and emoji, are spelled with these


def clean_question(text: object) -> str:
    """The question as one line of visible text. Raises QuestionError if it is no text, too long, or has no words."""
    if not isinstance(text, str):
        raise QuestionError("The question must be text; please type one.")
    if len(text) > MAX_CHARACTERS:
        raise QuestionError(
            f"The question has {len(text):,} characters; please ask it in {MAX_CHARACTERS:,} characters or fewer."
        )
    question = " ".join(visible(text).split())
    if not any(character.isalnum() for character in question):
        raise QuestionError("The question is empty; please ask something in words.")
    return question


def is_pleasantry(question: str) -> bool:
    """Whether it greets, thanks or takes leave, and asks nothing: "hello there", "Thank you very much!"."""
    words = re.findall(r"[^\W_]+", question.casefold())
    others = [word for word in words if not _PLEASANTRY.fullmatch(word)]
    return len(others) < len(words) and all(_BESIDE_ONE.fullmatch(word) for word in others)


def names_nothing(question: str) -> bool:
    """Whether it asks without a word of what it asks about: "Who?", "How long?", "What is it?". But "WHO" is a name."""
    first, *others = WORD.findall(question) or [""]
    named = (len(first) > 1 and first.isupper()) or any(word[0].isupper() for word in others)
    return not named and words(question) <= _MEASURES


def visible(text: str) -> str:
    """`text` on one line, without control, bidirectional and other invisible characters; safe on a terminal."""
    spaced = (" " if character.isspace() else character for character in text)
    return "".join(character for character in spaced if not _is_hidden(character))


def _is_hidden(character: str) -> bool:
    # Cc: controls such as ESC; Cf: bidirectional marks, zero-width signs, tags; Cs: halves of a broken character.
    return unicodedata.category(character) in {"Cc", "Cf", "Cs"} and character not in _JOINERS
