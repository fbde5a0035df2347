"""What the documents name is there: files, commands, their options, and modules to run."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from pkgutil import resolve_name

import pytest

from qa.cli import main

PROJECT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(
    [PROJECT / "README.md", PROJECT / "CHANGELOG.md", *PROJECT.glob("docs/*.md"), *PROJECT.glob("training/*.md")]
)
OPTIONS = {
    name: {"--help", *(option for one in command.params for option in (*one.opts, *one.secondary_opts))}
    for name, command in main.commands.items()
}
COMMAND = re.compile(r"\bqa ([a-z]+)\b((?: [^\n`|#]*)?)")
OPTION = re.compile(r"(?<![\w-])--[a-z][\w-]+")


@pytest.fixture(params=DOCUMENTS, ids=lambda path: path.name)
def document(request: pytest.FixtureRequest) -> Path:
    return request.param  # type: ignore[no-any-return]


def test_links_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", document.read_text("utf-8"))
    assert [link for link in links if "://" not in link and not (document.parent / link).exists()] == []


def test_commands_and_their_options_are_there(document: Path) -> None:
    told = COMMAND.findall(document.read_text("utf-8"))
    assert [name for name, _ in told if name not in OPTIONS] == []
    assert [(name, option) for name, rest in told for option in set(OPTION.findall(rest)) - OPTIONS[name]] == []


def test_modules_to_run_are_there(document: Path) -> None:
    modules = set(re.findall(r"python -m ((?:benchmarks|training)\.\w+)", document.read_text("utf-8")))
    assert [module for module in modules if find_spec(module) is None] == []


def test_names_of_python_are_there(document: Path) -> None:
    named = set(re.findall(r"`((?:qa|index)(?:\.\w+)+)\b[`(]", document.read_text("utf-8")))
    assert [name for name in sorted(named) if not _is_there(name)] == []


def _is_there(name: str) -> bool:
    """A module, or what is in one."""
    try:
        resolve_name(name)
    except (ImportError, AttributeError):
        return False
    return True
