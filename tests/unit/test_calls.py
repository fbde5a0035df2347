from __future__ import annotations

import asyncio

import pytest

from qa.page.calls import Calls, Nobody


async def until(event: asyncio.Event) -> str:
    await event.wait()
    return "done"


async def test_who_stays_gets_what_the_work_comes_to() -> None:
    event = asyncio.Event()
    event.set()
    assert await Calls().listening("one", until(event)) == "done"


async def test_who_leaves_stops_their_own_work_alone() -> None:
    calls, event = Calls(), asyncio.Event()
    waits, stays = (asyncio.create_task(calls.listening(name, until(event))) for name in ("leaves", "stays"))
    await asyncio.sleep(0)  # both have begun
    calls.left("leaves")
    with pytest.raises(Nobody):
        await waits
    event.set()
    assert await stays == "done"


async def test_who_left_before_their_work_began_has_it_not_begun() -> None:
    calls, event = Calls(), asyncio.Event()
    event.set()
    calls.left("one")
    with pytest.raises(Nobody):
        await calls.listening("one", until(event))
    calls.came("one")
    assert await calls.listening("one", until(event)) == "done"


async def test_only_so_many_who_left_are_remembered() -> None:
    calls, event = Calls(), asyncio.Event()
    event.set()
    for number in range(1_001):
        calls.left(str(number))
    assert await calls.listening("0", until(event)) == "done"
    with pytest.raises(Nobody):
        await calls.listening("1", until(event))
