"""The callers' file: what is in it, and what is refused."""

import pytest

from facade.access.callers import Callers, read
from facade.access.operations import OPERATIONS, matching
from facade.errors import ConfigError
from tests.access.files import KEY, billing, digest

CANARY = "canary-7f3a"


def found(text: str, *, tokens: bool = True) -> Callers:
    return read("FACADE_CALLERS", text, tokens=tokens)


def test_a_caller_is_found_by_what_it_shows() -> None:
    callers = found(billing(more='jwt_subject = "billing@clients"\ncertificate = "billing.internal"\n'))

    known = callers.with_key(KEY)
    assert known is not None
    assert (known.name, known.operations) == ("billing", OPERATIONS)
    assert callers.subjects == {"billing@clients": known}
    assert callers.certificates == {"billing.internal": known}


def test_a_key_can_be_replaced_while_both_are_good() -> None:
    callers = found(
        f'[caller.a]\napi_key_sha256 = ["{digest("old")}", "{digest("new").upper()}"]\noperations = ["*"]\n'
    )

    assert callers.with_key("old") == callers.with_key("new") is not None


@pytest.mark.parametrize("key", ["", "x", KEY + "x", KEY[:-1], KEY.upper(), digest(), "ä", "\udc80", "x" * 10_000])
def test_another_key_is_nobody_s(key: str) -> None:
    assert found(billing()).with_key(key) is None


def test_a_key_that_is_nobody_s_is_compared_as_one_that_is_somebody_s(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[bool] = []

    def compare(kept: bytes, given: bytes) -> bool:
        assert len(kept) == len(given) == 32
        compared.append(kept == given)
        return compared[-1]

    monkeypatch.setattr("facade.access.callers.compare_digest", compare)
    callers = found(billing())
    callers.with_key(KEY)
    callers.with_key("wrong")
    assert compared == [True, False]


@pytest.mark.parametrize(
    ("patterns", "number"),
    [
        (["*"], 19),
        (["PublishService/*"], 8),
        (["*/PublishEvent"], 1),
        (["ProvisioningService/GetUser", "TicketService/*"], 3),
        (["PublishService/Publish*", "PublishService/PublishEvent"], 7),
    ],
)
def test_operations_are_patterns_over_the_names_of_grpc(patterns: list[str], number: int) -> None:
    assert len(matching(patterns)) == number


WAY = f'api_key_sha256 = "{digest()}"'
WRONG = {
    "no TOML": ("[caller", "the file is not TOML: "),
    "nothing": ("", "the file must have tables [caller.NAME]"),
    "no caller": ("[caller]", "the file must have tables [caller.NAME]"),
    "more than callers": (f'secret = "{CANARY}"\n{billing()}', "the file must have tables [caller.NAME]"),
    "a text for a caller": (f'[caller]\na = "{CANARY}"', "caller 'a': must be a table"),
    "a name with a blank": (f'[caller."a b"]\n{WAY}\noperations = ["*"]', "caller 'a b': the name must be"),
    "a name with a line break": (f'[caller."a\\nb"]\n{WAY}\noperations = ["*"]', "caller 'a\\nb': the name must be"),
    "a misspelt key": (
        f'[caller.a]\napi_key = "{CANARY}"\noperations = ["*"]',
        "caller 'a': api_key: there is no such",
    ),
    "nothing to show": ('[caller.a]\noperations = ["*"]', "caller 'a': must have one of api_key_sha256"),
    "no operations": (f"[caller.a]\n{WAY}", "caller 'a': operations: must be a list"),
    "an empty list": (f"[caller.a]\n{WAY}\noperations = []", "caller 'a': operations: must be a list"),
    "a text for a list": (f'[caller.a]\n{WAY}\noperations = "*"', "caller 'a': operations: must be a list"),
    "a pattern of nothing": (
        f'[caller.a]\n{WAY}\noperations = ["*", "publishEvent"]',
        "caller 'a': operations: 'publishEvent' matches no operation",
    ),
    "the key itself": (
        f'[caller.a]\napi_key_sha256 = "{CANARY}"\noperations = ["*"]',
        "caller 'a': api_key_sha256: must",
    ),
    "a number": ("[caller.a]\napi_key_sha256 = 1\noperations = ['*']", "caller 'a': api_key_sha256: must be a text"),
    "an empty subject": ("[caller.a]\njwt_subject = ''\noperations = ['*']", "caller 'a': jwt_subject: must be a text"),
    "a key of two": (
        f'{billing()}[caller.b]\n{WAY}\noperations = ["*"]',
        "caller 'b': api_key_sha256: is another caller's, too",
    ),
}


@pytest.mark.case("J09")
@pytest.mark.parametrize(("text", "said"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_named_in_one_line_without_its_value(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        found(text)

    assert str(caught.value).startswith(f"FACADE_CALLERS: {said}")
    assert CANARY not in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_subject_without_keys_to_check_tokens_with_is_a_slip() -> None:
    with pytest.raises(ConfigError, match="caller 'billing': jwt_subject: needs the setting jwt_keys"):
        found(billing(more='jwt_subject = "x"\n'), tokens=False)
