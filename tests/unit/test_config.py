from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from index.errors import ConfigError
from qa.config import Config, default_index, load_config


@pytest.fixture
def file(tmp_path):
    return tmp_path / "config.toml"


def test_defaults(file):
    config = load_config(environment={}, file=file)
    assert config == Config(index=default_index(), index_is_default=True)
    assert config.reader == "auto"


def test_each_place_overrules_the_next(file):
    file.write_text('index = "/from/file"\nreader = "file"\nembedder = "file"\npassages = 3\n')
    environment = {"QA_INDEX": "/from/environment", "QA_READER": "environment"}
    config = load_config(index="/from/flags", reader=None, environment=environment, file=file)
    assert config == Config(index=Path("/from/flags"), embedder="file", reader="environment", passages=3)


def test_an_empty_variable_is_not_given(file):
    assert load_config(environment={"QA_INDEX": ""}, file=file).index_is_default


def test_a_folder_in_the_file_is_relative_to_the_file(file):
    file.write_text('index = "mine"\n')
    assert load_config(environment={}, file=file).index == file.parent / "mine"


def test_a_name_that_nobody_has_is_a_folder_like_another(file):
    assert load_config(index="~nobody-here/a", environment={}, file=file).index == Path("~nobody-here/a")
    file.write_text('index = "~nobody-here/a"\n')
    assert load_config(environment={}, file=file).index == file.parent / "~nobody-here" / "a"
    assert load_config(index="~/a", environment={}, file=file).index == Path.home() / "a"


@pytest.mark.parametrize(
    ("content", "key"),
    [
        ('indx = "a"', "indx"),
        ('index = ""', "index"),
        ("index = 5", "index"),
        ('index = "a\\u0000b"', "index"),
        ('reader = " "', "reader"),
        ("embedder = ['a']", "embedder"),
        ("passages = 0", "passages"),
        ("passages = 101", "passages"),
        ("passages = true", "passages"),
        ("passages = '8'", "passages"),
        ("word_weight = -1", "word_weight"),
        ("word_weight = nan", "word_weight"),
        ("passage_tokens = 31", "passage_tokens"),
        ("passage_tokens = 64.0", "passage_tokens"),
    ],
)
def test_a_wrong_setting_is_named_with_its_file(file, content, key):
    file.write_text(content)
    with pytest.raises(ConfigError) as error:
        load_config(environment={}, file=file)
    assert key in str(error.value)
    assert str(file) in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", [b"index = ", b"\xff\xfe", b"\x00"])
def test_a_file_that_is_no_toml_is_named(file, content):
    file.write_bytes(content)
    with pytest.raises(ConfigError, match=r"config\.toml cannot be read"):
        load_config(environment={}, file=file)


def test_a_folder_in_the_files_place_is_named(file):
    file.mkdir()
    with pytest.raises(ConfigError, match=r"config\.toml cannot be read"):
        load_config(environment={}, file=file)


def test_a_wrong_flag_is_named(tmp_path):
    """By its name alone: it may have come from the command line or from Python."""
    with pytest.raises(ConfigError, match=r"^The setting passages must be a whole number from 1 to 100, not 0\.$"):
        load_config(passages=0, environment={}, file=tmp_path / "none")
    with pytest.raises(ConfigError, match=r"^'passagez' is no setting; there are index, "):
        load_config(passagez=3, environment={}, file=tmp_path / "none")


def test_it_is_frozen(file):
    with pytest.raises(FrozenInstanceError):
        load_config(environment={}, file=file).reader = "other"
