"""The deployment files are read with real parsers and held against the repository: files, settings, hardening."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
import yaml

from bot.settings import Settings
from pipelines.redis_server import find_binary

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
OUTSIDE_SETTINGS = {"REDIS_URL"}
"""Accepted bare, beside the prefixed name."""


def instructions() -> list[tuple[str, list[str]]]:
    """The Dockerfile's instructions with their words; continued lines are joined, comments dropped."""
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    joined = re.sub(r"\\\n\s*", " ", re.sub(r"(?m)^#.*\n", "", text))
    lines = [line for line in joined.splitlines() if line.strip()]
    return [(line.split()[0], shlex.split(line)[1:]) for line in lines]


def unit() -> dict[str, list[str]]:
    """The service unit's keys, each with its values in order."""
    found: dict[str, list[str]] = {}
    for line in (DEPLOY / "lodestone.service").read_text(encoding="utf-8").splitlines():
        if line and line[0] not in "#[":
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


def names_of_settings() -> set[str]:
    return {f"LODESTONE_{name.upper()}" for name in Settings.model_fields} | OUTSIDE_SETTINGS


def variables_set() -> Iterator[tuple[str, str]]:
    """Every variable of Lodestone that a deployment file sets, with the file."""
    for name in COMPOSE["services"]["lodestone"]["environment"]:
        yield "compose.yaml", name
    for value in unit()["Environment"]:
        for pair in shlex.split(value):
            yield "lodestone.service", pair.partition("=")[0]
    for word, words in instructions():
        if word == "ENV":
            for pair in words:
                yield "Dockerfile", pair.partition("=")[0]
    for name in re.findall(r"\bLODESTONE_[A-Z_]+\b", (DEPLOY / "README.md").read_text(encoding="utf-8")):
        yield "README.md", name


@pytest.mark.parametrize(("file", "name"), sorted(set(variables_set())))
def test_variables_are_settings(file: str, name: str) -> None:
    if name.startswith("LODESTONE_") or name in OUTSIDE_SETTINGS:
        assert name in names_of_settings(), f"{file} sets {name}, which no setting reads"


def test_image_copies_only_what_exists_and_reaches_the_builder() -> None:
    ignore = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    admitted = {line.removeprefix("!") for line in ignore if line.startswith("!")}
    copied = {
        source.removeprefix("./")
        for word, words in instructions()
        if word == "COPY" and not words[0].startswith("--from")
        for source in words[:-1]
    }
    assert copied == admitted
    assert [source for source in copied if not (ROOT / source).exists()] == []


def test_image_holds_every_package_and_what_the_build_reads() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    copied = {word for name, words in instructions() if name == "COPY" for word in words[:-1]}
    assert set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) <= copied
    assert {project["project"]["readme"], *project["project"]["license-files"]} <= copied


def test_image_runs_as_nobody_in_particular() -> None:
    users = [words for word, words in instructions() if word == "USER"]
    assert users == [["10001:10001"]]


def test_image_fits_the_python_that_the_project_needs() -> None:
    bases = {words[0] for word, words in instructions() if word == "FROM"}
    assert bases == {"python:3.11-slim"}


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_services_cannot_write_their_root_or_gain_rights(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_services_name_only_what_is_declared(name: str) -> None:
    service = COMPOSE["services"][name]
    assert set(service["networks"]) <= set(COMPOSE["networks"])
    assert set(service.get("secrets", ())) <= set(COMPOSE["secrets"])
    assert set(service.get("depends_on", ())) <= set(COMPOSE["services"])
    for volume in service["volumes"]:
        source = volume.partition(":")[0]
        assert (DEPLOY / source).is_file() if source.startswith("./") else source in COMPOSE["volumes"]


def test_compose_builds_the_dockerfile_from_the_root() -> None:
    build = COMPOSE["services"]["lodestone"]["build"]
    context = (DEPLOY / build["context"]).resolve()
    assert context == ROOT
    assert (context / build["dockerfile"]).is_file()


def test_store_of_compose_is_not_reachable_from_outside() -> None:
    assert "ports" not in COMPOSE["services"]["valkey"]
    assert [COMPOSE["networks"][network] for network in COMPOSE["services"]["valkey"]["networks"]] == [
        {"internal": True}
    ]


def test_token_file_of_compose_never_enters_the_repository() -> None:
    token = COMPOSE["secrets"]["telegram-token"]["file"].removeprefix("./")
    assert token in (DEPLOY / ".gitignore").read_text(encoding="utf-8").splitlines()
    secret = COMPOSE["services"]["lodestone"]["environment"]["LODESTONE_TELEGRAM_TOKEN_FILE"]
    assert secret == "/run/secrets/telegram-token"


def test_unit_passes_the_token_as_a_credential() -> None:
    credential = unit()["LoadCredential"][0].partition(":")[0]
    assert f"LODESTONE_TELEGRAM_TOKEN_FILE=%d/{credential}" in unit()["Environment"]


def test_unit_lets_a_clean_stop_end() -> None:
    assert unit()["KillMode"] == ["mixed"], "the store must outlive the process that owns it"
    assert int(unit()["TimeoutStopSec"][0]) > 10


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd")
def test_unit_is_valid(tmp_path: Path) -> None:
    program = tmp_path / "lodestone"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    text = (DEPLOY / "lodestone.service").read_text(encoding="utf-8")
    copy = tmp_path / "lodestone.service"
    copy.write_text(text.replace("/opt/lodestone/bin/lodestone", str(program)), encoding="utf-8")
    done = subprocess.run(["systemd-analyze", "verify", str(copy)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_store_configuration_is_accepted_and_durable(tmp_path: Path) -> None:
    text = (DEPLOY / "redis.conf").read_text(encoding="utf-8")
    assert "\ndir /data\n" in text, "where compose.yaml mounts its volume"
    conf = tmp_path / "redis.conf"
    conf.write_text(text.replace("\ndir /data\n", f"\ndir {tmp_path}\n"), encoding="utf-8")
    socket = tmp_path / "s"
    server = subprocess.Popen(
        [find_binary(), str(conf), "--port", "0", "--unixsocket", str(socket)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        assert any("eady to accept connections" in line for line in server.stdout)
        with redis.Redis(unix_socket_path=str(socket), decode_responses=True) as client:
            wanted = {
                "appendonly": "yes",
                "appendfsync": "always",
                "aof-use-rdb-preamble": "no",
                "maxmemory-policy": "noeviction",
            }
            assert client.config_get(*wanted) == wanted
    finally:
        server.terminate()
        server.communicate(timeout=10)
