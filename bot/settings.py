"""The settings: defaults, then the YAML file, then the environment, then what the command line says.

This is the only module that reads the environment. Secrets come from the environment or a file of their own.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from pydantic import Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.logs import redact
from bot.setting_kinds import (
    PRICE_SOURCES,
    Bases,
    Coins,
    FeedList,
    Folder,
    Hosts,
    Ids,
    Listen,
    PriceSources,
    Rate,
    RulesFolder,
    Seconds,
    SocketUrl,
    StoreUrl,
    TierSeconds,
    Token,
    Url,
    WebhookSecret,
    WebhookUrl,
)
from bot.settings_file import Problem, SettingsFile, nearest, read_settings_file

PREFIX = "LODESTONE_"
_SECRET = ("telegram_token", "webhook_secret", "coingecko_key")


class SettingsError(Exception):
    """Everything that is wrong with the settings, each with where it was found and its remedy."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(map(str, problems)))


class Settings(BaseSettings):
    """What a person may set. The environment name is the field's in capitals after ``LODESTONE_``."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,  # compose files pass unset variables as empty
        enable_decoding=False,  # lists are comma lists, not JSON
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        validate_default=False,
    )

    data: Folder = Field(Path("data"), description="folder that holds everything written; made if absent")
    redis_url: StoreUrl | None = Field(None, description="store to use instead of the embedded one (also REDIS_URL)")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="least level that is logged")

    telegram_token: Token | None = Field(None, description="the bot's token; environment only")
    telegram_token_file: Folder | None = Field(None, description="file that holds the bot's token, nothing else")
    telegram_base_url: Url = Field("https://api.telegram.org/bot", description="Bot API address, up to the token")
    webhook_url: WebhookUrl | None = Field(
        None, description="https URL at which Telegram calls this bot; it is polled where none is set"
    )
    webhook_listen: Listen = Field(
        "127.0.0.1:8443", description="host:port that serves the webhook over plain HTTP, behind a proxy with TLS"
    )
    webhook_secret: WebhookSecret | None = Field(
        None, description="what Telegram shows with each update; follows from the token; environment only"
    )
    webhook_connections: int = Field(40, ge=1, le=100, description="updates that Telegram may send at the same time")
    access: Literal["open", "private"] = Field(
        "open", description="open to all, or private to allowed_chats and to each admin's own chat"
    )
    allowed_chats: Ids = Field((), description="ids of the chats that may use a private bot; a group's is negative")
    admins: Ids = Field((), description="user ids that may administer the bot; nobody by default")

    feeds: FeedList | None = Field(
        None, description="OPML or YAML file, or its http URL, that replaces the shipped catalogue of feeds"
    )
    rules: RulesFolder | None = Field(
        None,
        description="folder of rules layered over the shipped ones; <data>/rules if it exists",
    )
    shadow_rules: Folder | None = Field(
        None, description="folder of candidate rules that judge beside the live ones and send nothing"
    )
    allow_private_hosts: Hosts = Field(
        (), description="host names, addresses or CIDRs exempt from range and port checks"
    )
    first_poll_age: float = Field(24, ge=0, le=8760, description="hours; older entries of a new feed count as seen")
    feed_bases: Bases = Field(
        default_factory=dict, description="base addresses of the catalogue by name: federal_register=https://..."
    )
    poll_interval: Seconds | None = Field(
        None, description="seconds between polls of a feed that names no interval; by its tier where not set"
    )
    poll_interval_tiers: TierSeconds = Field(
        default_factory=dict, description="seconds per tier, over poll_interval: official=120,wire=60"
    )
    fetch_parallel: int = Field(64, ge=1, le=1024, description="feeds fetched at the same time")
    per_host: int = Field(2, ge=1, le=64, description="connections to one host at the same time")

    coins: Coins = Field(("BTC", "ETH", "USDC"), description="coins whose prices an alert shows by default")
    price_sources: PriceSources = Field(PRICE_SOURCES, description="where prices come from, first choice first")
    kraken_url: Url = Field("https://api.kraken.com", description="base address of Kraken's REST API")
    coinbase_url: Url = Field("https://api.exchange.coinbase.com", description="base address of Coinbase Exchange")
    price_sockets: bool = Field(
        default=True, description="hear Kraken and Coinbase through their sockets, REST beside them; or REST alone"
    )
    kraken_socket_url: SocketUrl = Field("wss://ws.kraken.com/v2", description="Kraken's WebSocket v2")
    coinbase_socket_url: SocketUrl = Field(
        "wss://ws-feed.exchange.coinbase.com", description="Coinbase Exchange's WebSocket feed"
    )
    bitstamp_url: Url = Field("https://www.bitstamp.net", description="base address of Bitstamp")
    coingecko_url: Url = Field("https://api.coingecko.com", description="base address of CoinGecko")
    coingecko_key: SecretStr | None = Field(None, description="CoinGecko demo key; environment only")
    price_interval: Seconds = Field(30, ge=1, description="seconds between rounds of price polls")
    price_max_age: Seconds = Field(120, description="seconds after which a price is shown as old")
    price_spread: float = Field(
        1,
        ge=0.01,
        le=100,
        allow_inf_nan=False,
        description="percent by which sources may differ before a price says so",
    )

    send_rate: Rate = Field(28, description="messages per second to Telegram in all")
    chat_rate: Rate = Field(1, description="messages per second to one chat")
    group_rate: Rate = Field(20, description="messages per minute to one group")
    send_parallel: int | None = Field(
        None, ge=1, le=512, description="calls to Telegram at the same time; by the rate where not set, at least 8"
    )
    push_max_age: Seconds = Field(
        10_800, description="seconds after which an alert that still waits becomes a line of a digest"
    )
    paid_broadcast: bool = Field(
        default=False, description="pay Telegram for what goes beyond its free rate; needs the Stars that it asks for"
    )
    disk_reserve_mb: int = Field(64, ge=0, le=1_000_000, description="free MB below which intake and sending stop")
    judged_mb: int = Field(256, ge=1, le=1_000_000, description="memory for judged stories in MB; old noise goes first")
    stream_limit: int = Field(200_000, ge=100, description="entries in a stream above which fetching waits")

    @property
    def rules_folder(self) -> Path:
        """Where one's own rules are, or would be."""
        return self.rules or self.data / "rules"

    @property
    def hands(self) -> int:
        """Calls at the same time: enough that the rate is reached where Telegram takes an eighth of a second."""
        return self.send_parallel or min(256, max(8, int(self.send_rate / 8)))

    @property
    def webhook_word(self) -> str:
        """The webhook's secret, empty without one: as set, else from the token, so that all processes agree."""
        token = self.telegram_token.get_secret_value().encode() if self.telegram_token and self.webhook_url else b""
        own = hmac.digest(token, b"lodestone webhook", "sha256").hex() if token else ""
        return self.webhook_secret.get_secret_value() if self.webhook_secret else own

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be printed: token, keys and the store's password."""
        store = urlsplit(self.redis_url.get_secret_value()).password if self.redis_url else None
        given = (secret.get_secret_value() for secret in (self.telegram_token, self.coingecko_key) if secret)
        return tuple(text for text in (*given, self.webhook_word, store, unquote(store or "")) if text)


def load_settings(overrides: Mapping[str, object] | None = None) -> Settings:
    """The settings from file, environment and ``overrides`` (field -> value, from the command line; None: not given).

    Raises ``SettingsError`` with all problems at once.
    """
    said = {name: value for name, value in (overrides or {}).items() if value is not None}
    fields = Settings.model_fields
    variables = {variable.upper(): variable for variable in os.environ if os.environ[variable]}
    problems = _unknown_variables(variables)

    file = _find_file(said)
    problems += file.problems + _secrets_in_file(file)
    # What is passed in beats the environment in pydantic-settings, so the file yields where the environment speaks.
    given: dict[str, Any] = {name: v for name, v in file.values.items() if (PREFIX + name).upper() not in variables}
    if "REDIS_URL" in os.environ and os.environ["REDIS_URL"] and f"{PREFIX}REDIS_URL" not in variables:
        given["redis_url"] = os.environ["REDIS_URL"]
    given |= said
    own_rules = _data_folder(given) / "rules"
    if "rules" not in given and f"{PREFIX}RULES" not in variables and own_rules.is_dir():
        given["rules"] = own_rules

    origins = dict(file.lines)
    origins |= {"redis_url": "REDIS_URL"} if "REDIS_URL" in variables else {}
    origins |= {name: variables[key] for name in fields if (key := PREFIX + name.upper()) in variables}
    origins |= {name: f"--{name.replace('_', '-')}" for name in said}
    token = _token_from_file(given, origins, problems)
    if token is not None:
        given["telegram_token"] = token
        origins["telegram_token"] = origins["telegram_token_file"]
    try:
        settings = Settings(**given)
    except ValidationError as error:
        problems += [_explain(line, origins) for line in error.errors(include_url=False)]
    if problems:
        raise SettingsError(tuple(problems))
    return settings


def _unknown_variables(variables: Mapping[str, str]) -> list[Problem]:
    known = {PREFIX + name.upper() for name in Settings.model_fields} | {f"{PREFIX}CONFIG"}
    odd = sorted(name for name in variables if name.startswith(PREFIX) and name not in known)
    return [Problem(redact(variables[name])[:80], "unknown setting", nearest(name, known)) for name in odd]


def _data_folder(given: Mapping[str, object]) -> Path:
    named = given.get("data") or os.environ.get(f"{PREFIX}DATA") or Settings.model_fields["data"].default
    return Path(str(named)).expanduser()


def _find_file(said: Mapping[str, object]) -> SettingsFile:
    """The file that LODESTONE_CONFIG names, else ``lodestone.yaml`` in the data folder if there is one."""
    known = tuple(Settings.model_fields)
    if named := os.environ.get(f"{PREFIX}CONFIG"):
        return read_settings_file(Path(named).expanduser(), known)
    path = _data_folder(said) / "lodestone.yaml"
    if not path.exists():
        return SettingsFile()
    file = read_settings_file(path, known)
    if "data" in file.values:
        remedy = f"set {PREFIX}DATA, or name the file in {PREFIX}CONFIG"
        file.problems.append(Problem(file.lines["data"], "data cannot be set by a file in the data folder", remedy))
    return file


def _secrets_in_file(file: SettingsFile) -> list[Problem]:
    """Settings files are shared and backed up, so they hold no secrets."""
    found = [name for name in _SECRET if name in file.values]
    if "@" in str(file.values.get("redis_url", "")):
        found.append("redis_url")
    return [
        Problem(file.lines[name], f"{name} holds a secret", f"set {PREFIX}{name.upper()} instead and remove the line")
        for name in found
    ]


def _token_from_file(given: Mapping[str, object], origins: dict[str, str], problems: list[Problem]) -> str | None:
    """The token in the named file, if one is named; a final newline is an editor's habit and not part of it."""
    where = origins.get("telegram_token_file")
    if where is None:
        return None
    if "telegram_token" in origins:
        remedy = "keep one of the two"
        problems.append(Problem(where, f"the token is also given by {origins['telegram_token']}", remedy))
        return None
    path = given.get("telegram_token_file") or os.environ.get(where)
    try:
        text = Path(str(path)).expanduser().read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not plain text"
        problems.append(Problem(where, f"the token file cannot be read ({reason})", "name a file with the token alone"))
        return None
    if not text:
        problems.append(Problem(where, "the token file is empty", "put the token that @BotFather shows into it"))
        return None
    return text


def _explain(line: ErrorDetails, origins: Mapping[str, str]) -> Problem:
    """One validation error in our words; a secret's value is never repeated."""
    name = str(line["loc"][0])
    field = Settings.model_fields.get(name)
    message = line["msg"].removeprefix("Value error, ").removeprefix("Input ")
    secret = name in (*_SECRET, "redis_url") or field is None
    value = "" if secret else f"{redact(str(line.get('input')))[:80]!r} "
    remedy = f"expected: {field.description}" if field else nearest(name, tuple(Settings.model_fields))
    return Problem(origins.get(name, name), f"{name} {value}{message}", remedy)
