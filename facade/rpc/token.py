"""TokenService."""

from facade.caller import Caller
from facade.upstreams.token import TokenApi
from facade.v1 import token_pb2 as pb


class TokenService:
    """Issues tokens."""

    def __init__(self, api: TokenApi) -> None:
        self._api = api

    async def GenerateToken(self, request: pb.GenerateTokenRequest, caller: Caller) -> pb.GenerateTokenResponse:
        """See protos/facade/v1/token.proto."""
        token = await self._api.generate(request.email, request.password, caller)
        return pb.GenerateTokenResponse(
            token=pb.Token(
                email=token.email,
                name=token.name,
                is_superadmin=token.is_superadmin,
                access_token=token.access_token,
                refresh_token=token.refresh_token,
            )
        )
