"""Which settings are refused: in one line that names the setting and does not repeat its value."""

from pathlib import Path

import pytest

from facade.config import CLIENT, ConfigError, Settings, load
from facade.settings.secrets import secrets
from facade.supervisor.order import Order
from facade.supervisor.order import order as parsed

CANARY = "canary-7f3a"


def written(folder: Path, text: str) -> str:
    file = folder / "facade.toml"
    file.write_text(text)
    return str(file)


def refusal(file: str | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        load(file)
    text = str(caught.value)
    assert len(text.splitlines()) == 1
    assert CANARY not in text
    assert caught.value.__cause__ is None, "a chained exception would be printed with the value"
    return text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("token_url", f"{CANARY}.example", id="URL without a scheme"),
        pytest.param("token_url", f"ftp://{CANARY}.example", id="URL of another scheme"),
        pytest.param("publish_url", f"https:///{CANARY}", id="URL without a host"),
        pytest.param("publish_url", f"https://[{CANARY}", id="URL that is no URL"),
        pytest.param("bpm_url", f"https://user:{CANARY}@bpm.example", id="URL with a password"),
        pytest.param("bpm_url", f"https://{CANARY}@bpm.example", id="URL with a user"),
        pytest.param("bpm_url", f"https://bpm.example/?key={CANARY}", id="URL with a query"),
        pytest.param("bpm_url", "https://bpm.example/?", id="URL with an empty query"),
        pytest.param("bpm_url", f"https://bpm.example/#{CANARY}", id="URL with a fragment"),
        pytest.param("integration_url", f"https://{CANARY}.example:65536", id="URL with too high a port"),
        pytest.param("integration_url", f"https://{CANARY}.example:0", id="URL with port nought"),
        pytest.param("integration_url", f"https://itsm.example:{CANARY}", id="URL whose port is no number"),
        pytest.param("integration_url", f" https://{CANARY}.example", id="URL with a space"),
        pytest.param("integration_url", f"https://{CANARY}.example/\u200b", id="URL with an invisible character"),
        pytest.param("grpc_address", CANARY, id="address without a port"),
        pytest.param("grpc_address", ":50051", id="address without a host"),
        pytest.param("http_address", f"127.0.0.1:{CANARY}", id="address whose port is no number"),
        pytest.param("http_address", "127.0.0.1:65536", id="address with too high a port"),
        pytest.param("http_address", "127.0.0.1:٣", id="address with a foreign digit"),
        pytest.param("default_timeout", CANARY, id="seconds that are no number"),
        pytest.param("default_timeout", "0", id="no seconds"),
        pytest.param("max_timeout", "inf", id="endless seconds"),
        pytest.param("drain_timeout", "nan", id="seconds that are not a number"),
        pytest.param("max_in_flight", "0", id="a count of nought"),
        pytest.param("max_sessions", "1.5", id="half a count"),
        pytest.param("max_query_depth", "-1", id="a depth below nought"),
        pytest.param("rate_per_caller", "0", id="no rate"),
        pytest.param("traces_endpoint", f"https://c.example/?token={CANARY}", id="a collector's URL with a query"),
        pytest.param("traces_sampling", "1.1", id="more than all requests"),
        pytest.param("traces_sampling", "nan", id="a share that is no number"),
        pytest.param("traces_follow", CANARY, id="nobody to follow"),
        pytest.param("head_timeout", "0", id="no patience"),
        pytest.param("trusted_hosts", f"https://{CANARY}", id="host with a scheme"),
        pytest.param("trusted_hosts", f"{CANARY}.example:80", id="host with a port"),
        pytest.param("trusted_hosts", f"a.example,*{CANARY}", id="host with half a label"),
        pytest.param("trusted_hosts", "a.example,", id="host without a name"),
        pytest.param("cors_origins", "*", id="every origin"),
        pytest.param("cors_origins", f"{CANARY}.example", id="origin without a scheme"),
        pytest.param("cors_origins", f"https://{CANARY}.example/", id="origin with a path"),
        pytest.param("cors_origins", f"https://{CANARY}.example/x", id="origin with a longer path"),
        pytest.param("cors_origins", f"https://{CANARY.upper()}.example", id="origin in capitals"),
        pytest.param("mode", CANARY, id="unknown mode"),
        pytest.param("introspection", CANARY, id="switch that is neither on nor off"),
        pytest.param("log_level", CANARY, id="unknown level"),
        pytest.param("log_format", CANARY, id="unknown format"),
        pytest.param("ticket_path", CANARY, id="path without a slash"),
        pytest.param("publish_events_path", f"/a?{CANARY}", id="path with a query"),
        pytest.param("event_id_field", f"{CANARY} x", id="name with a space"),
        pytest.param("ticket_customer_parameter", f"{CANARY}&x=1", id="name with an ampersand"),
        pytest.param("jwt_keys", f"http://{CANARY}.example/keys", id="keys over plain HTTP"),
        pytest.param("jwt_keys", f"ftp://{CANARY}.example/keys", id="keys over another scheme"),
        pytest.param("jwt_keys", f"https://user:{CANARY}@i.example/keys", id="keys with a password"),
    ],
)
def test_a_wrong_value_is_refused(name: str, value: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = written(tmp_path, f"{name} = '{value}'\n")
    assert refusal(file).startswith(f"{name}: ")
    monkeypatch.setenv(f"FACADE_{name.upper()}", value)
    assert refusal().startswith(f"FACADE_{name.upper()}: ")
    assert refusal(file).startswith(f"FACADE_{name.upper()}: "), "the environment's value is the one that was read"


@pytest.mark.parametrize("name", ["FACADE_TOKEN_ULR", "FACADE_PASSPHRASE", "FACADE_"])
def test_an_unknown_variable_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, CANARY)
    assert refusal() == f"{name}: there is no such setting"


def test_the_variables_of_the_clients_are_neither_refused_nor_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in CLIENT:
        monkeypatch.setenv(name, CANARY)
    assert CANARY not in repr(load())


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param(f'token_ulr = "{CANARY}"', "token_ulr", id="misspelt key"),
        pytest.param(f'[server]\ntoken_url = "{CANARY}"', "server", id="table"),
        pytest.param(f'FACADE_TOKEN_URL = "{CANARY}"', "FACADE_TOKEN_URL", id="name of the environment"),
        pytest.param(f'"two\\nlines" = "{CANARY}"', "two lines", id="key of two lines"),
    ],
)
def test_an_unknown_key_of_the_file_is_refused(text: str, name: str, tmp_path: Path) -> None:
    assert refusal(written(tmp_path, text)) == f"{name}: there is no such setting"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param(f'token_url = ["{CANARY}"]', "token_url", id="list for a URL"),
        pytest.param(f'max_in_flight = {{ a = "{CANARY}" }}', "max_in_flight", id="table for a count"),
        pytest.param("mode = 1", "mode", id="number for a mode"),
    ],
)
def test_a_value_of_another_kind_is_refused(text: str, name: str, tmp_path: Path) -> None:
    assert refusal(written(tmp_path, text)).startswith(f"{name}: ")


def test_the_default_time_must_fit_into_the_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACADE_DEFAULT_TIMEOUT", "121")
    assert refusal() == "default_timeout: must not be longer than max_timeout"


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("tls_certificate", "tls_key"),
        ("tls_key", "tls_certificate"),
        ("tls_client_ca", "tls_certificate"),
        ("upstream_certificate", "upstream_key"),
        ("upstream_key", "upstream_certificate"),
    ],
)
def test_a_certificate_and_its_key_come_together(name: str, other: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"FACADE_{name.upper()}", CANARY)
    assert refusal() == f"{name}: needs {other}, too"


ELSEWHERE = ("upstream.example", "10.0.0.1", "0.0.0.0", "[::2]", "localhost.example", "127.0.0.1.example", "localhost.")


@pytest.mark.parametrize("name", ["token_url", "publish_url", "integration_url", "bpm_url"])
@pytest.mark.parametrize("host", ELSEWHERE)
def test_credentials_are_not_sent_to_another_machine_in_the_clear(
    name: str, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"FACADE_{name.upper()}", f"http://{host}/{CANARY}")
    assert refusal() == f"{name}: must be https:// (or set insecure_upstreams)"
    monkeypatch.setenv("FACADE_INSECURE_UPSTREAMS", "true")
    assert getattr(load(), name) == f"http://{host}/{CANARY}"


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1", "127.9.9.9:80", "[::1]", "[::1]:80"])
def test_what_does_not_leave_the_machine_may_be_plain(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACADE_BPM_URL", f"http://{host}")
    assert load().bpm_url == f"http://{host}"


OWN = {"callers": "c", "iem_user": "a@example.com", "iem_password": CANARY}
TOKENS = {"callers": "c", "jwt_issuer": CANARY, "jwt_audience": "a", "jwt_keys": "k"}


@pytest.mark.case("J09")
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({**OWN, "callers": ""}, "iem_user: needs callers: with credentials of its own the facade must know who calls"),
        ({**OWN, "iem_password": ""}, "iem_user: needs iem_password or iem_password_file"),
        ({**OWN, "iem_user": ""}, "iem_password: needs iem_user"),
        ({**OWN, "iem_password_file": "f"}, "iem_password: is given twice, since iem_password_file is given, too"),
        ({"bpm_user": "b@example.com", "bpm_password": CANARY}, "bpm_user: needs callers: "),
        ({"bpm_password_file": "f"}, "bpm_password: needs bpm_user"),
        ({"traces_endpoint": f"http://{CANARY}.example"}, "traces_endpoint: must be https:// (or set traces_insecure)"),
        ({"traces_headers": CANARY}, "traces_headers: needs traces_endpoint"),
        ({**TOKENS, "callers": ""}, "jwt_keys: needs callers"),
        ({**TOKENS, "jwt_issuer": ""}, "jwt_audience: needs jwt_issuer"),
        ({**TOKENS, "jwt_audience": ""}, "jwt_issuer: needs jwt_audience"),
        ({**TOKENS, "jwt_keys": ""}, "jwt_issuer: needs jwt_keys"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_makes_no_sense_together_is_refused(
    given: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(f"FACADE_{name.upper()}", value)
    assert refusal().startswith(said)


def test_every_secret_can_come_from_a_file() -> None:
    found = secrets(Settings)
    assert found == ["traces_headers", "iem_password", "bpm_password"]
    assert {f"{name}_file" for name in found} <= Settings.model_fields.keys()


@pytest.mark.case("J09")
@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "cannot read {}: No such file or directory"), (b"\xff", "{} is not in UTF-8"), (b"\n", "{} is empty")],
    ids=["not there", "no UTF-8", "empty"],
)
def test_a_secret_that_cannot_be_read_is_named(content: bytes | None, said: str, tmp_path: Path) -> None:
    file = tmp_path / "password"
    if content is not None:
        file.write_bytes(content)
    settings = load(written(tmp_path, f'callers = "c"\nbpm_user = "b"\nbpm_password_file = "{file}"\n'))
    assert settings.trust is not None
    assert settings.trust.bpm is not None
    with pytest.raises(ConfigError) as caught:
        settings.trust.bpm.credentials()
    assert str(caught.value) == "FACADE_BPM_PASSWORD_FILE: " + said.format(file)


@pytest.mark.parametrize("content", [CANARY, f"{CANARY}\n", f"{CANARY}\r\n"], ids=["bare", "line", "line of Windows"])
def test_a_secret_in_a_file_ends_before_its_last_line_break(content: str, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_bytes(content.encode())
    settings = load(written(tmp_path, f'callers = "c"\nbpm_user = "b"\nbpm_password_file = "{file}"\n'))
    assert settings.reader("bpm_password")() == CANARY


@pytest.mark.case("A12")
def test_a_secret_is_not_in_what_the_settings_show(tmp_path: Path) -> None:
    settings = load(written(tmp_path, "".join(f'{name} = "{value}"\n' for name, value in OWN.items())))
    shown = [
        repr(settings),
        str(settings),
        repr(settings.model_dump()),
        settings.model_dump_json(),
        repr(settings.trust),
    ]
    order = Order(1, 2, 3.0, settings.model_dump())
    assert [text for text in (*shown, repr(order)) if CANARY in text] == []
    assert Settings(**parsed(order.line()).settings) == settings, "a worker is told them all the same"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "missing.toml"
    assert refusal(str(missing)) == f"--config: cannot read {missing}: No such file or directory"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(f'token_url = "{CANARY}'.encode(), id="open quote"),
        pytest.param(f'token_url: "{CANARY}"'.encode(), id="YAML"),
        pytest.param(f'max_sessions = 1\nmax_sessions = "{CANARY}"'.encode(), id="key given twice"),
        pytest.param(b'token_url = "\xff"', id="no UTF-8"),
    ],
)
def test_a_file_that_is_not_toml_is_named(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "facade.toml"
    file.write_bytes(content)
    assert refusal(str(file)).startswith(f"--config: {file} is not TOML: ")
