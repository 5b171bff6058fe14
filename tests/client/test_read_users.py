"""Files of users: what is read, and what is refused before anything is sent."""

from pathlib import Path

import pytest

from facade.client.failure import MisuseError
from facade.client.read_users import read

OK = {
    "users.csv": "mail , cn,sn,account_admin,developer,end_user,tester\na@example.com,A, X ,YES,0,,false\n\n,,,,,,\n",
    "users.json": '[{"mail": "a@example.com", "cn": "A", "sn": "X", "accountAdmin": true, "developer": false,'
    ' "endUser": null, "tester": "no"}]',
    "users.jsonl": '{"mail": "a@example.com", "cn": "A", "sn": "X", "account_admin": true, "developer": "0",\n'
    ' "tester": false}\n',
}


@pytest.mark.parametrize("name", OK)
def test_what_is_not_said_stays_unset(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.write_text(OK[name])
    (entry,) = read(str(file), None)
    given = {field.name: value for field, value in entry.user.ListFields()}
    assert given == {
        "mail": "a@example.com",
        "cn": "A",
        "sn": "X",
        "account_admin": True,
        "developer": False,
        "tester": False,
    }
    assert entry.line == (2 if name == "users.csv" else 1)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("mails.txt", "a@example.com\n\n b@example.com \n"),
        ("mails.json", '["a@example.com",\n "b@example.com"]'),
        ("mails.jsonl", '"a@example.com"\n{"mail": "b@example.com"}'),
        ("mails.csv", "mail\na@example.com\nb@example.com\n"),
    ],
)
def test_an_address_is_enough_where_no_more_is_required(name: str, text: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.write_text(text)
    found = read(str(file), None, required=("mail",))
    assert [entry.user.mail for entry in found] == ["a@example.com", "b@example.com"]


CSV, JSON = "mail,cn,sn,developer\n", '[{"mail": "a@example.com", "cn": "A", "sn": "X"},\n'
BAD = [
    ("csv", CSV + "a@example.com,A,,\n", "2: sn: is required"),
    ("csv", CSV + 'a@example.com,"A\nB",X,\nb@example.com,B,X,maybe\n', "4: developer: must be true or false"),
    ("csv", CSV + "a@example.com,A,X\n", "2: has 3 cells; the header has 4"),
    ("csv", CSV + "a@example.com,A,X,\nA@example.COM,A,X,\n", "3: mail: A@example.COM is already in line 2"),
    ("csv", CSV + 'a@example.com,"A,X,\n', "2: unexpected end of data"),
    ("csv", "mail,cn,sn,role\n", "1: role: there is no such column"),
    ("csv", "mail,cn,sn,endUser,end_user\n", "1: a column is there twice"),
    ("csv", "cn,sn\n", "1: mail: there is no such column, and it is required"),
    ("csv", "", "1: mail: there is no such column, and it is required"),
    ("json", JSON + '{"mail": "b@example.com", "cn": 5, "sn": "X"}]', "2: cn: must be a string"),
    (
        "json",
        JSON + '{"mail": "b@example.com", "cn": "B", "sn": "X", "tester": 1}]',
        "2: tester: must be true or false",
    ),
    ("json", JSON + '{"mail": "b@example.com", "rank": 1}]', "2: rank: there is no such field"),
    ("json", JSON + "7]", "2: must be an object"),
    ("json", JSON + "{]", "2: is not JSON: Expecting property name enclosed in double quotes"),
    ("json", JSON, "2: is not JSON: Expecting value"),
    ("json", JSON[:-2], "1: is not JSON: the array does not end at the end"),
    ("json", JSON[:-2] + "] 1", "1: is not JSON: the array does not end at the end"),
    ("json", JSON[:-2] + " 5]", "1: is not JSON: a comma is missing"),
    ("json", "[" * 100_000, "1: is not JSON that can be read"),
    ("json", "[NaN]", "1: is not JSON that can be read"),
    ("csv", CSV + "a\x1b[2J@example.com,A,X,\n" * 2, "3: mail: a?[2J@example.com is already in line 2"),
]


@pytest.mark.parametrize(("kind", "text", "said"), BAD, ids=[f"{kind} {said[:40]}" for kind, _, said in BAD])
def test_what_is_wrong_is_told_with_its_line(kind: str, text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / f"users.{kind}"
    file.write_text(text, newline="")
    with pytest.raises(MisuseError) as raised:
        read(str(file), None)
    assert str(raised.value) == f"{file}:{said}"


def test_what_is_not_utf_8_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "users.csv"
    file.write_bytes(b"mail,cn,sn\na@example.com,\xe4,X\n")
    with pytest.raises(MisuseError, match=r"users\.csv:2: is not UTF-8$"):
        read(str(file), None)


@pytest.mark.parametrize(
    ("name", "said"), [("users", "say what it is with --input-format"), ("users.csv", "cannot be read: No such file")]
)
def test_a_file_that_is_no_file_of_users(name: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(MisuseError, match=said):
        read(str(tmp_path / name), None)
