"""The kinds of values that settings take, and what is wrong with one that is not of its kind. Pure but for the disk."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from pathlib import Path
from re import fullmatch
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from rules.story import Tier


def _split(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _pairs(value: object) -> object:
    if not isinstance(value, str):
        return value
    pairs = [part.partition("=") for part in value.split(",") if part.strip()]
    if not all(equals for _, equals, _ in pairs):
        raise ValueError("should be name=value, name=value")
    return {name.strip(): text.strip() for name, _, text in pairs}


def _home(path: Path) -> Path:
    return path.expanduser()


def _host(text: str) -> str:
    """A host name, an address or a network, as the guard of outgoing calls compares it."""
    if "/" in text:
        return str(ip_network(text))
    try:
        return str(ip_address(text.strip("[]")))
    except ValueError:
        name = text.lower().rstrip(".")
        if not fullmatch(r"[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?", name):
            raise ValueError("should be a host name, an address or a CIDR, without scheme and port") from None
        return name


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("should be a URL that starts with http:// or https://")
    return text.rstrip("/")


def _socket(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"ws", "wss"} or not parts.hostname:
        raise ValueError("should be a URL that starts with wss:// or ws://")
    return text.rstrip("/")


def _webhook(text: str) -> str:
    # A Bot API server of one's own may call its own machine over http.
    if not fullmatch(r"(https://|http://127\.0\.0\.1[:/])[^?#@\s]+", text):
        raise ValueError("should start with https://, and have no user, query and fragment")
    return text


def _listen(text: str) -> str:
    if not fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[\w.-]+):[1-9][0-9]{0,4}", text) or int(text.rpartition(":")[2]) > 65_535:
        raise ValueError("should be host:port, such as 127.0.0.1:8443")
    return text


def _shown(secret: SecretStr) -> SecretStr:
    if not fullmatch(r"[A-Za-z0-9_-]{1,256}", secret.get_secret_value()):
        raise ValueError("should be 1 to 256 of A-Z, a-z, 0-9, _ and -")
    return secret


def _coin(text: str) -> str:
    if not fullmatch(r"[A-Za-z0-9]{1,10}", text):
        raise ValueError("should be the ticker of a coin, such as BTC")
    return text.upper()


def _token(secret: SecretStr) -> SecretStr:
    if not fullmatch(r"[0-9]{6,}:[A-Za-z0-9_-]{30,}", secret.get_secret_value()):
        raise ValueError("is not a bot token; a token is digits, a colon and about 35 letters, as @BotFather shows it")
    return secret


def _store(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    if not text.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("should start with redis://, rediss:// or unix://")
    return secret


def _folder(path: Path) -> Path:
    if not path.is_dir():
        raise ValueError("is not a folder")
    return path


def _feeds(text: str) -> str:
    if not text.startswith(("http://", "https://")) and not Path(text).expanduser().is_file():
        raise ValueError("is neither a file nor a URL that starts with http:// or https://")
    return text


Folder = Annotated[Path, AfterValidator(_home)]
Ids = Annotated[tuple[int, ...], BeforeValidator(_split)]
Hosts = Annotated[tuple[Annotated[str, AfterValidator(_host)], ...], BeforeValidator(_split)]
Coins = Annotated[tuple[Annotated[str, AfterValidator(_coin)], ...], BeforeValidator(_split)]
Url = Annotated[str, AfterValidator(_url)]
SocketUrl = Annotated[str, AfterValidator(_socket)]
PriceSource = Literal["kraken", "coinbase", "bitstamp", "coingecko"]
PRICE_SOURCES: tuple[PriceSource, ...] = ("kraken", "coinbase", "bitstamp", "coingecko")
Token = Annotated[SecretStr, AfterValidator(_token)]
StoreUrl = Annotated[SecretStr, AfterValidator(_store)]
Seconds = Annotated[float, Field(gt=0, le=30 * 86_400, allow_inf_nan=False)]
Rate = Annotated[float, Field(gt=0, le=100_000, allow_inf_nan=False)]


def _once(sources: tuple[PriceSource, ...]) -> tuple[PriceSource, ...]:
    if len(set(sources)) < len(sources):
        raise ValueError("names a source twice")
    return sources


WebhookUrl = Annotated[Url, AfterValidator(_webhook)]
Listen = Annotated[str, AfterValidator(_listen)]
WebhookSecret = Annotated[SecretStr, AfterValidator(_shown)]
FeedList = Annotated[str, AfterValidator(_feeds)]
RulesFolder = Annotated[Folder, AfterValidator(_folder)]
Bases = Annotated[dict[str, Url], BeforeValidator(_pairs)]
TierSeconds = Annotated[dict[Tier, Seconds], BeforeValidator(_pairs)]
PriceSources = Annotated[tuple[PriceSource, ...], BeforeValidator(_split), AfterValidator(_once)]
