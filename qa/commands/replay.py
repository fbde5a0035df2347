"""`qa replay`: the question of a receipt, asked again."""

from __future__ import annotations

from contextlib import closing
from typing import IO

import click

from qa.commands.invocation import SETTINGS, chosen_config, options, print_json, waiting

_EXIT = {"same": 0, "same answer, other evidence": 3, "different": 4}
_MAX_CHARACTERS = 10_000_000


@click.command()
@click.argument("file", type=click.File(encoding="utf-8", errors="replace"), metavar="RECEIPT")
@options(*SETTINGS, "json")
def replay(file: IO[str], *, as_json: bool, **flags: str | None) -> None:
    """Ask the question of a receipt again, and say what is different. RECEIPT may be - for standard input.

    Ends with status 0 if the answer is the same from the same words, 3 if the answer is the same but what it cites is
    not, or has changed or gone since, and 4 if the answer is another one.

    \b
    qa ask "Who controls Kabul's security?" --receipt kabul.json
    qa replay kabul.json
    """
    from qa.assemble import load_answerer, load_rewriter, made_with, open_index
    from qa.chain import answer_chain
    from qa.filters import as_filter
    from qa.receipts import read_receipt, receipt
    from qa.replay import asked_in, compare

    before = read_receipt(file.read(_MAX_CHARACTERS))
    config = chosen_config(**flags)
    with waiting():
        answerer = load_answerer(config)
        with closing(open_index(config)) as index:
            rewriter = load_rewriter(config)
            chain = answer_chain(index, answerer, passages=config.passages, rewriter=rewriter)
            answer = chain.invoke(asked_in(before))
            now = receipt(answer, made_with(config), index.info(), where=as_filter(before["filter"]))
            found = compare(before, answer, now, index.article)
    if as_json:
        print_json(found)
    else:
        from qa.commands.answers import print_replay
        from qa.commands.terminal import console

        print_replay(console(), found)
    raise click.exceptions.Exit(_EXIT[found.outcome])
