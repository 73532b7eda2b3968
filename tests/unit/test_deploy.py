"""The files in deploy/ are well-formed and name only settings that exist."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.settings import CHANNEL_SECRETS, ROOT

DEPLOY = ROOT / "deploy"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())


def known() -> set[str]:
    source = (ROOT / "bot" / "settings.py").read_text()
    return {f"MESOBOT_{name}" for name in re.findall(r'(?:text|port|several)\("([A-Z_]+)"', source)} | {
        *CHANNEL_SECRETS
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_only_settings_that_exist_are_named(path: Path) -> None:
    assert set(re.findall(r"MESOBOT_[A-Z_]+[A-Z]", path.read_text())) <= known()


def test_every_program_of_compose_is_confined() -> None:
    services: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yml").read_text())["services"]
    for name in ("gateway", "engine", "console"):
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
    assert "ports" not in services["gateway"]
    assert "ports" not in services["engine"]
    assert services["engine"]["networks"] == ["inside"]
    assert all(port.startswith("127.0.0.1:") for port in services["console"]["ports"])
    # The address that gateways believe is the proxy's own.
    proxy = services["nginx"]["networks"]["edge"]["ipv4_address"]
    assert services["gateway"]["environment"]["MESOBOT_TRUSTED_PROXIES"] == proxy


def test_what_compose_needs_stands_in_the_example_and_every_program_reads_it() -> None:
    compose = (DEPLOY / "compose.yml").read_text()
    listed = set(re.findall(r"^([A-Z_]+)=", (DEPLOY / ".env.example").read_text(), re.MULTILINE))
    assert set(re.findall(r"\$\{([A-Z_]+)", compose)) <= listed
    services = yaml.safe_load(compose)["services"]
    assert {name for name, one in services.items() if one.get("env_file") == ".env"} == {"gateway", "engine", "console"}


def test_the_engine_of_compose_can_train_and_measure_a_model() -> None:
    engine = yaml.safe_load((DEPLOY / "compose.yml").read_text())["services"]["engine"]
    assert "models:/app/models" in engine["volumes"]
    assert "COPY tests/nlu tests/nlu" in (DEPLOY / "Dockerfile").read_text()
    assert "!tests/nlu" in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()


def test_kubernetes_runs_nothing_as_root() -> None:
    documents = list(yaml.safe_load_all((DEPLOY / "kubernetes" / "mesobot.yml").read_text()))
    pods = [one["spec"]["template"]["spec"] for one in documents if one["kind"] == "Deployment"]
    assert len(pods) == 2
    for pod in pods:
        assert pod["securityContext"]["runAsNonRoot"] is True
        for container in pod["containers"]:
            assert container["securityContext"]["readOnlyRootFilesystem"] is True
            assert container["args"][0] in ("gateway", "engine")


def test_the_proxy_passes_streams_on_and_believes_no_client() -> None:
    text = (DEPLOY / "nginx.conf").read_text()
    assert text.count("{") == text.count("}")
    assert "proxy_buffering off" in text.partition("location = /api/events")[2]
    assert "proxy_add_x_forwarded_for" not in text


def test_the_image_is_built_from_the_lock_without_root() -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    assert "--require-hashes" in text
    assert re.search(r"^USER 10001", text, re.MULTILINE)
    copied = set(" ".join(re.findall(r"^COPY (?!--from)(.*) \S+$", text, re.MULTILINE)).split())
    assert all((ROOT / name).exists() for name in copied), copied
