"""Where settings come from, and what they come to."""

from pathlib import Path
from typing import Any

import pytest

from facade.caller import Limits
from facade.config import Settings, load
from facade.upstreams.blurred import Blurred
from facade.upstreams.connect import Addresses

# Each setting: its text in the environment, the same in TOML, and the value.
SETTINGS: dict[str, tuple[str, str, Any]] = {
    "token_url": ("https://token.example/iem", '"https://token.example/iem"', "https://token.example/iem"),
    "publish_url": ("http://publish.example:8443/", '"http://publish.example:8443/"', "http://publish.example:8443"),
    "integration_url": ("http://[::1]:80", '"http://[::1]:80"', "http://[::1]:80"),
    "bpm_url": ("http://10.0.0.1", '"http://10.0.0.1"', "http://10.0.0.1"),
    "grpc_address": ("0.0.0.0:1", '"0.0.0.0:1"', "0.0.0.0:1"),
    "http_address": ("[::]:65535", '"[::]:65535"', "[::]:65535"),
    "default_timeout": ("1.5", "1.5", 1.5),
    "max_timeout": ("60", "60", 60.0),
    "drain_timeout": ("0.25", "0.25", 0.25),
    "max_in_flight": ("7", "7", 7),
    "max_lateness": ("0.5", "0.5", 0.5),
    "max_request_bytes": ("1024", "1024", 1024),
    "max_answer_bytes": ("2048", "2048", 2048),
    "max_sessions": ("3", "3", 3),
    "upstream_concurrency": ("7", "7", 7),
    "breaker_failures": ("3", "3", 3),
    "breaker_pause": ("2", "2", 2.0),
    "breaker_patience": ("4", "4", 4.0),
    "bulk_concurrency": ("4", "4", 4),
    "bulk_timeout": ("90", "90", 90.0),
    "max_connection_age": ("45", "45", 45.0),
    "mode": ("development", '"development"', "development"),
    "introspection": ("true", "true", True),
    "reflection": ("false", "false", False),
    "log_level": ("debug", '"debug"', "debug"),
    "log_format": ("json", '"json"', "json"),
    "publish_events_path": ("/a", '"/a"', "/a"),
    "publish_entity_path": ("/b/", '"/b/"', "/b/"),
    "publish_health_path": ("/c%20d", '"/c%20d"', "/c%20d"),
    "event_id_field": ("ieventid", '"ieventid"', "ieventid"),
    "ticket_path": ("/e", '"/e"', "/e"),
    "ticket_customer_parameter": ("customer-id", '"customer-id"', "customer-id"),
}


def written(folder: Path, text: str) -> str:
    file = folder / "facade.toml"
    file.write_text(text)
    return str(file)


def test_every_setting_is_in_the_table_of_these_tests() -> None:
    assert SETTINGS.keys() == Settings.model_fields.keys()


def test_every_setting_says_what_it_is() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


@pytest.mark.parametrize("name", SETTINGS)
def test_the_environment_sets(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text, _, value = SETTINGS[name]
    assert getattr(load(), name) != value
    monkeypatch.setenv(f"FACADE_{name.upper()}", text)
    assert getattr(load(), name) == value


@pytest.mark.parametrize("name", SETTINGS)
def test_the_file_sets(name: str, tmp_path: Path) -> None:
    _, toml, value = SETTINGS[name]
    assert getattr(load(written(tmp_path, f"{name} = {toml}\n")), name) == value


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FACADE_MAX_IN_FLIGHT", "5")
    settings = load(written(tmp_path, "max_in_flight = 6\nmax_sessions = 8\n"))
    assert (settings.max_in_flight, settings.max_sessions) == (5, 8)


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FACADE_BPM_URL", "")
    assert load().bpm_url is None
    assert load(written(tmp_path, 'bpm_url = "http://bpm.example"\n')).bpm_url == "http://bpm.example"


def test_nothing_needs_to_be_set() -> None:
    settings = load()
    assert settings.addresses == Addresses(None, None, None, None)
    assert settings.limits == Limits(30.0, 120.0)
    assert settings.blurred == Blurred()
    assert (settings.grpc_address, settings.http_address) == ("127.0.0.1:50051", "127.0.0.1:8080")
    assert settings.drain_timeout == 20


def test_the_upstreams_get_the_addresses_of_their_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("token", "publish", "integration", "bpm"):
        monkeypatch.setenv(f"FACADE_{name.upper()}_URL", f"http://{name}.example")
    expected = Addresses(
        "http://token.example", "http://publish.example", "http://integration.example", "http://bpm.example"
    )
    assert load().addresses == expected


def test_the_upstreams_get_our_reading_of_the_blurred_names(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Blurred.__dataclass_fields__:
        monkeypatch.setenv(f"FACADE_{name.upper()}", SETTINGS[name][0])
    assert load().blurred == Blurred(**{name: SETTINGS[name][2] for name in Blurred.__dataclass_fields__})


@pytest.mark.parametrize(
    ("mode", "switch", "on"),
    [
        pytest.param("production", None, False, id="production leaves it off"),
        pytest.param("production", True, True, id="production with the switch on"),
        pytest.param("development", None, True, id="development turns it on"),
        pytest.param("development", False, False, id="development with the switch off"),
    ],
)
def test_the_mode_decides_where_a_switch_does_not(mode: Any, switch: bool | None, on: bool) -> None:
    assert Settings(**dict[str, Any](mode=mode)).switched_on(switch) is on


def test_production_is_the_default() -> None:
    assert load().mode == "production"


def test_settings_do_not_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load().mode = "development"
