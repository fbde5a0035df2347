"""Sentences that give orders to a model instead of telling something. Pure.

Such a sentence supports nothing that a chat model writes. A list of phrases can't be complete, and is no promise: what
holds is that every citation stands in its article. See benchmarks/injection.py for what passes.
"""

from __future__ import annotations

import re

_ROLE = r"(?:language models?|chatbots?|(?:the |an? )?(?:ai |llm )?assistants?\b(?! (?:coach|manager|professor))|LLMs?)"
_ORDERS = re.compile(
    r"<\|?/?(?:im_start|im_end|system|assistant|user|inst|passages?)\b"
    r"|\[/?INST\]"
    r"|(?:^|[\n>.!?]\s*)(?:system|assistant|instructions?)\s*:\s"
    r"|\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:instructions?|rules|prompts?|passages)\b"
    r"|\brepeat\b.{0,20}\byour (?:instructions?|rules|prompt)\b"
    rf"|\b(?:notes?|task|message|attention|instructions?)\b.{{0,20}}\b(?:to|for) {_ROLE}"
    r"|\bend of (?:the )?passages?\b"
    r"|\b(?:cite|citing|mark)\b.{0,25}(?:\[\d{1,3}\]|\bpassages? \d)"
    r"|\b(?:answer|say|reply|respond|write|output|print)\b(?: (?:only|with|that|just))*\b.{0,60}\[\d{1,3}\]"
    r"|\b(?:answer|reply|respond)\b.{0,30}\bto (?:everything|every question|all questions)"
    r"|\bonly evidence that you may\b"
    r"|\bevery answer is\b"
    r"|[\"']evidence[\"']\s*:"
    r"|!\[[^\]]*\]\(\w+:",
    re.IGNORECASE | re.DOTALL,
)


def is_order(text: str) -> bool:
    """Whether the sentence speaks to a model: by its roles, its marks, or of its instructions."""
    return _ORDERS.search(text) is not None
