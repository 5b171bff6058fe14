"""What the upstream of the benchmarks answers: the same bytes from nginx and from our own small server."""

import orjson

USERS = 250
PART = 100  # users in one answer
LIST = "/bpm/portal/rest/v1/UserProvisioningService.json"
TOKEN_PATH = "/api/v1/user/token"  # noqa: S105 - where tokens come from
PUBLISHED = orjson.dumps({"message": "Data published successfully"})


def user(number: int) -> dict[str, object]:
    """A user as BPM tells it."""
    return {
        "mail": f"user{number:03}@example.com",
        "cn": f"User {number:03}",
        "sn": "Example",
        "accountAdmin": number == 0,
        "developer": number % 2 == 0,
        "endUser": True,
        "operator": False,
        "tester": number % 3 == 0,
    }


ONE = orjson.dumps(user(7))
MANY = orjson.dumps({"beginIndex": 0, "totalUsers": USERS, "users": [user(number) for number in range(PART)]})


def token(name: str) -> bytes:
    """The Token API's answer with an access token that belongs to the account `name`."""
    data = {
        "email": "api@example.com",
        "name": "API user",
        "is_superadmin": False,
        "access_token": f"token-of-{name}",
        "refresh_token": "refresh",
    }
    return orjson.dumps({"status_code": 200, "data": data})
