"""Where settings come from, and what they come to."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from facade.caller import Limits
from facade.config import Settings, load
from facade.upstreams.blurred import Blurred
from facade.upstreams.connect import Addresses

# Each setting: its text in the environment, the same in TOML, and the value.
SETTINGS: dict[str, tuple[str, str, Any]] = {
    "token_url": ("https://token.example/iem", '"https://token.example/iem"', "https://token.example/iem"),
    "publish_url": ("https://publish.example:8443/", '"https://publish.example:8443/"', "https://publish.example:8443"),
    "integration_url": ("http://[::1]:80", '"http://[::1]:80"', "http://[::1]:80"),
    "bpm_url": ("http://127.8.0.1", '"http://127.8.0.1"', "http://127.8.0.1"),
    "insecure_upstreams": ("true", "true", True),
    "grpc_address": ("0.0.0.0:1", '"0.0.0.0:1"', "0.0.0.0:1"),
    "http_address": ("[::]:65535", '"[::]:65535"', "[::]:65535"),
    "default_timeout": ("1.5", "1.5", 1.5),
    "max_timeout": ("60", "60", 60.0),
    "drain_delay": ("5", "5", 5.0),
    "drain_timeout": ("0.25", "0.25", 0.25),
    "max_in_flight": ("7", "7", 7),
    "max_in_flight_per_caller": ("6", "6", 6),
    "rate_per_caller": ("0.5", "0.5", 0.5),
    "burst_per_caller": ("2", "2", 2),
    "max_lateness": ("0.5", "0.5", 0.5),
    "max_request_bytes": ("1024", "1024", 1024),
    "max_list_items": ("9", "9", 9),
    "max_query_tokens": ("90", "90", 90),
    "max_query_depth": ("5", "5", 5),
    "max_query_aliases": ("4", "4", 4),
    "max_query_directives": ("3", "3", 3),
    "max_query_calls": ("2", "2", 2),
    "head_timeout": ("2.5", "2.5", 2.5),
    "min_body_rate": ("100", "100", 100),
    "keep_alive_timeout": ("5", "5", 5.0),
    "trusted_hosts": ("A.example, *.b.example", '["a.example", "*.b.example"]', ("a.example", "*.b.example")),
    "cors_origins": (
        "https://a.example,http://b.example:8080",
        '["https://a.example", "http://b.example:8080"]',
        ("https://a.example", "http://b.example:8080"),
    ),
    "federation": ("true", "true", True),
    "trusted_documents": ("trusted.json", '"trusted.json"', "trusted.json"),
    "max_answer_bytes": ("2048", "2048", 2048),
    "max_sessions": ("3", "3", 3),
    "upstream_concurrency": ("7", "7", 7),
    "breaker_failures": ("3", "3", 3),
    "breaker_pause": ("2", "2", 2.0),
    "breaker_patience": ("4", "4", 4.0),
    "bulk_concurrency": ("4", "4", 4),
    "bulk_timeout": ("90", "90", 90.0),
    "max_connection_age": ("45", "45", 45.0),
    "tls_certificate": ("a.pem", '"a.pem"', "a.pem"),
    "tls_key": ("/b/key.pem", '"/b/key.pem"', "/b/key.pem"),
    "tls_client_ca": ("c.pem", '"c.pem"', "c.pem"),
    "upstream_certificate": ("d.pem", '"d.pem"', "d.pem"),
    "upstream_key": ("e.pem", '"e.pem"', "e.pem"),
    "upstream_ca": ("ca.pem", '"ca.pem"', "ca.pem"),
    "mode": ("development", '"development"', "development"),
    "introspection": ("true", "true", True),
    "reflection": ("false", "false", False),
    "console": ("true", "true", True),
    "ide": ("false", "false", False),
    "ide_directory": ("/srv/ide", '"/srv/ide"', "/srv/ide"),
    "metrics": ("off", "false", False),
    "log_level": ("debug", '"debug"', "debug"),
    "log_format": ("json", '"json"', "json"),
    "publish_events_path": ("/a", '"/a"', "/a"),
    "publish_entity_path": ("/b/", '"/b/"', "/b/"),
    "publish_health_path": ("/c%20d", '"/c%20d"', "/c%20d"),
    "event_id_field": ("ieventid", '"ieventid"', "ieventid"),
    "ticket_path": ("/e", '"/e"', "/e"),
    "ticket_customer_parameter": ("customer-id", '"customer-id"', "customer-id"),
    "callers": ("c.toml", '"c.toml"', "c.toml"),
    "jwt_issuer": ("https://i.example", '"https://i.example"', "https://i.example"),
    "jwt_audience": ("facade", '"facade"', "facade"),
    "jwt_keys": ("http://127.0.0.1:1/keys", '"http://127.0.0.1:1/keys"', "http://127.0.0.1:1/keys"),
    "traces_endpoint": ("https://c.example/v1/traces", '"https://c.example/v1/traces"', "https://c.example/v1/traces"),
    "traces_insecure": ("true", "true", True),
    "traces_headers": ("a=b", '"a=b"', SecretStr("a=b")),
    "traces_headers_file": ("/run/h", '"/run/h"', "/run/h"),
    "traces_sampling": ("0.1", "0.1", 0.1),
    "traces_follow": ("all", '"all"', "all"),
    "traces_service_name": ("blue", '"blue"', "blue"),
    "iem_user": ("a@example.com", '"a@example.com"', "a@example.com"),
    "iem_password": ("p", '"p"', SecretStr("p")),
    "iem_password_file": ("/run/p", '"/run/p"', "/run/p"),
    "bpm_user": ("b@example.com", '"b@example.com"', "b@example.com"),
    "bpm_password": ("q", '"q"', SecretStr("q")),
    "bpm_password_file": ("/run/q", '"/run/q"', "/run/q"),
}
# What a setting makes no sense without.
COMPANIONS = {
    "jwt_issuer": ("callers", "jwt_audience", "jwt_keys"),
    "jwt_audience": ("callers", "jwt_issuer", "jwt_keys"),
    "jwt_keys": ("callers", "jwt_issuer", "jwt_audience"),
    "iem_user": ("callers", "iem_password"),
    "iem_password": ("callers", "iem_user"),
    "iem_password_file": ("callers", "iem_user"),
    "bpm_user": ("callers", "bpm_password_file"),
    "bpm_password": ("callers", "bpm_user"),
    "bpm_password_file": ("callers", "bpm_user"),
    "traces_headers": ("traces_endpoint",),
    "traces_headers_file": ("traces_endpoint",),
    "tls_certificate": ("tls_key",),
    "tls_key": ("tls_certificate",),
    "tls_client_ca": ("tls_certificate", "tls_key"),
    "upstream_certificate": ("upstream_key",),
    "upstream_key": ("upstream_certificate",),
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
    for companion in COMPANIONS.get(name, ()):
        monkeypatch.setenv(f"FACADE_{companion.upper()}", SETTINGS[companion][0])
    monkeypatch.setenv(f"FACADE_{name.upper()}", text)
    assert getattr(load(), name) == value


@pytest.mark.parametrize("name", SETTINGS)
def test_the_file_sets(name: str, tmp_path: Path) -> None:
    _, _, value = SETTINGS[name]
    lines = [f"{each} = {SETTINGS[each][1]}\n" for each in (name, *COMPANIONS.get(name, ()))]
    assert getattr(load(written(tmp_path, "".join(lines))), name) == value


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FACADE_MAX_IN_FLIGHT", "5")
    settings = load(written(tmp_path, "max_in_flight = 6\nmax_sessions = 8\n"))
    assert (settings.max_in_flight, settings.max_sessions) == (5, 8)


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FACADE_BPM_URL", "")
    assert load().bpm_url is None
    assert load(written(tmp_path, 'bpm_url = "https://bpm.example"\n')).bpm_url == "https://bpm.example"


def test_nothing_needs_to_be_set() -> None:
    settings = load()
    assert settings.addresses == Addresses(None, None, None, None)
    assert settings.limits == Limits(30.0, 120.0)
    assert settings.blurred == Blurred()
    assert (settings.grpc_address, settings.http_address) == ("127.0.0.1:50051", "127.0.0.1:8080")
    assert (settings.drain_delay, settings.drain_timeout) == (0, 20)


def test_the_upstreams_get_the_addresses_of_their_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("token", "publish", "integration", "bpm"):
        monkeypatch.setenv(f"FACADE_{name.upper()}_URL", f"https://{name}.example")
    expected = Addresses(
        "https://token.example", "https://publish.example", "https://integration.example", "https://bpm.example"
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


@pytest.mark.parametrize(
    ("given", "endpoint"),
    [
        ("https://c.example", "https://c.example/v1/traces"),
        ("https://c.example/", "https://c.example/v1/traces"),
        ("https://c.example/otlp/x", "https://c.example/otlp/x"),
        ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces"),
    ],
)
def test_a_collector_of_traces_is_at_the_usual_path_if_none_is_given(
    given: str, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load().traces is None
    monkeypatch.setenv("FACADE_TRACES_ENDPOINT", given)
    wanted = load().traces
    assert wanted is not None
    assert (wanted.endpoint, wanted.headers(), wanted.share, wanted.followed) == (endpoint, "", 1.0, "known")
