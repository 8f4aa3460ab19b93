"""Settings as a person gives them: environment, files and options, right and wrong."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from re import fullmatch
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.settings import PREFIX, Settings, SettingsError, load_settings
from bot.settings_file import parse_settings
from rules.story import Tier

TOKEN = "123456789:AAfake_fake-fake_fake-fake_fake-fake"

Give = Callable[[Mapping[str, str]], None]


@pytest.fixture
def give(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Give:
    """Set the environment to just these variables, in an empty working folder."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.upper().startswith(("LODESTONE_", "REDIS_URL"))]:
        monkeypatch.delenv(name)

    def set_all(variables: Mapping[str, str]) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return set_all


def write(path: str, text: str) -> Path:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text)
    return Path(path)


def test_with_nothing_given_all_defaults_hold(give: Give) -> None:
    give({})
    settings = load_settings()
    assert (settings.data, settings.coins, settings.admins) == (Path("data"), ("BTC", "ETH", "USDC"), ())
    assert (settings.telegram_token, settings.redis_url, settings.rules) == (None, None, None)


def test_every_setting_says_what_it_is(give: Give) -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    assert [
        name for name in Settings.model_fields if f"`{name}`" not in readme and PREFIX + name.upper() not in readme
    ] == []


@given(st.text() | st.text(alphabet="a: \n\t[]{}-&*!?|>'\"#%,~0\x00\ufeff"))
def test_no_text_of_a_settings_file_raises(text: str) -> None:
    found = parse_settings(text, "lodestone.yaml", ("a", "coins"))
    assert set(found.values) == set(found.lines) <= {"a", "coins"}
    assert all(len(str(problem).splitlines()) == 1 for problem in found.problems)


@pytest.mark.parametrize(
    ("file", "variables", "options", "expected"),
    [
        ("", {}, {}, 28),
        ("send_rate: 5", {}, {}, 5),
        ("send_rate: 5", {"LODESTONE_SEND_RATE": "6"}, {}, 6),
        ("send_rate: 5", {"LODESTONE_SEND_RATE": "6"}, {"send_rate": 7}, 7),
        ("send_rate: 5", {}, {"send_rate": None}, 5),
        ("send_rate: 5", {"LODESTONE_SEND_RATE": ""}, {}, 5),
        ("send_rate: wrong", {"LODESTONE_SEND_RATE": "6"}, {}, 6),
    ],
)
def test_environment_beats_file_and_options_beat_both(
    give: Give, file: str, variables: dict[str, str], options: dict[str, object], expected: float
) -> None:
    write("data/lodestone.yaml", file)
    give(variables)
    assert load_settings(options).send_rate == expected


@pytest.mark.parametrize(
    ("variable", "text", "field", "expected"),
    [
        ("LODESTONE_ADMINS", "12, 34,", "admins", (12, 34)),
        ("LODESTONE_ALLOWED_CHATS", "-1001234567890,55", "allowed_chats", (-1001234567890, 55)),
        (
            "LODESTONE_ALLOW_PRIVATE_HOSTS",
            "127.0.0.0/8, ::1,[fe80::1],Feeds.Example.",
            "allow_private_hosts",
            ("127.0.0.0/8", "::1", "fe80::1", "feeds.example"),
        ),
        ("LODESTONE_COINS", "btc,sol", "coins", ("BTC", "SOL")),
        ("LODESTONE_PRICE_SOURCES", "bitstamp", "price_sources", ("bitstamp",)),
        ("LODESTONE_KRAKEN_URL", "http://127.0.0.1:8080/", "kraken_url", "http://127.0.0.1:8080"),
        (
            "LODESTONE_POLL_INTERVAL_TIERS",
            "official=60, wire=90.5",
            "poll_interval_tiers",
            {Tier.OFFICIAL: 60, Tier.WIRE: 90.5},
        ),
        ("LODESTONE_DATA", "~/news", "data", Path("~/news").expanduser()),
        ("lodestone_per_host", "3", "per_host", 3),
    ],
)
def test_environment_text_becomes_values(give: Give, variable: str, text: str, field: str, expected: object) -> None:
    give({variable: text})
    assert getattr(load_settings(), field) == expected


def test_values_in_a_file_are_text_until_a_setting_types_them(give: Give) -> None:
    write(
        "data/lodestone.yaml",
        "coins: [NO, on, '1']\nadmins:\n- 0123\npoll_interval_tiers: {trade: 600}\nlog_level: DEBUG\n",
    )
    give({})
    settings = load_settings()
    assert (settings.coins, settings.admins, settings.log_level) == (("NO", "ON", "1"), (123,), "DEBUG")
    assert settings.poll_interval_tiers == {Tier.TRADE: 600}


def test_a_named_file_may_set_the_data_folder(give: Give) -> None:
    path = write("elsewhere/mine.yaml", "data: stored\n")
    give({"LODESTONE_CONFIG": str(path)})
    assert load_settings().data == Path("stored")


def test_the_store_is_accepted_under_its_bare_name_and_the_prefixed_one_wins(give: Give) -> None:
    give({"REDIS_URL": "redis://bare:1"})
    assert load_settings().redis_url.get_secret_value() == "redis://bare:1"  # type: ignore[union-attr]
    give({"LODESTONE_REDIS_URL": "redis://prefixed:1"})
    assert load_settings().redis_url.get_secret_value() == "redis://prefixed:1"  # type: ignore[union-attr]


def test_rules_in_the_data_folder_are_found(give: Give) -> None:
    write("there/rules/mine.yaml", "")
    give({"LODESTONE_DATA": "there"})
    assert load_settings().rules == Path("there/rules")


def test_a_token_file_gives_the_token_without_its_line_end(give: Give) -> None:
    write("token", TOKEN + "\r\n")
    give({"LODESTONE_TELEGRAM_TOKEN_FILE": "token"})
    assert load_settings().telegram_token.get_secret_value() == TOKEN  # type: ignore[union-attr]


def test_secrets_are_known_to_the_log_and_shown_to_nobody(give: Give) -> None:
    give(
        {
            "LODESTONE_TELEGRAM_TOKEN": TOKEN,
            "LODESTONE_COINGECKO_KEY": "CG-key",
            "REDIS_URL": "redis://:p%40ss@127.0.0.1:1",
        }
    )
    settings = load_settings()
    assert set(settings.secrets) == {TOKEN, "CG-key", "p%40ss", "p@ss"}
    shown = f"{settings!r} {settings} {settings.model_dump_json()} {settings.model_dump()}"
    assert [secret for secret in settings.secrets if secret in shown] == []


def test_the_webhooks_secret_is_the_one_set_or_follows_from_the_token(give: Give) -> None:
    hook = {"LODESTONE_TELEGRAM_TOKEN": TOKEN, "LODESTONE_WEBHOOK_URL": "https://bot.example/hook/"}
    give(hook)
    settings = load_settings()
    word = settings.webhook_word
    assert (settings.webhook_url, load_settings().webhook_word) == ("https://bot.example/hook", word)
    assert fullmatch("[0-9a-f]{64}", word)
    assert word in settings.secrets
    give({"LODESTONE_TELEGRAM_TOKEN": TOKEN[:-1] + "x"})
    assert load_settings().webhook_word != word
    give({"LODESTONE_WEBHOOK_SECRET": "of-my_own"})
    settings = load_settings()
    assert settings.webhook_word == "of-my_own"
    assert "of-my_own" in settings.secrets
    assert "of-my_own" not in f"{settings!r} {settings} {settings.model_dump_json()} {settings.model_dump()}"


CASES = yaml.safe_load((Path(__file__).parent / "data" / "wrong.yaml").read_text())


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_what_is_wrong_is_named_with_its_place_and_remedy(give: Give, case: dict[str, Any]) -> None:
    for path, text in case.get("files", {}).items():
        write(path, text)
    give(case.get("environment", {}))
    with pytest.raises(SettingsError) as raised:
        load_settings(case.get("options"))
    assert str(raised.value).splitlines() == case["errors"]
    assert "AAfake" not in f"{raised.value} {raised.value!r} {raised.value.problems}"
