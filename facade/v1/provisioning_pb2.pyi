from facade.v1 import bulk_pb2 as _bulk_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class User(_message.Message):
    __slots__ = ("mail", "cn", "sn", "account_admin", "developer", "end_user", "operator", "tester")
    MAIL_FIELD_NUMBER: _ClassVar[int]
    CN_FIELD_NUMBER: _ClassVar[int]
    SN_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ADMIN_FIELD_NUMBER: _ClassVar[int]
    DEVELOPER_FIELD_NUMBER: _ClassVar[int]
    END_USER_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    TESTER_FIELD_NUMBER: _ClassVar[int]
    mail: str
    cn: str
    sn: str
    account_admin: bool
    developer: bool
    end_user: bool
    operator: bool
    tester: bool
    def __init__(self, mail: _Optional[str] = ..., cn: _Optional[str] = ..., sn: _Optional[str] = ..., account_admin: _Optional[bool] = ..., developer: _Optional[bool] = ..., end_user: _Optional[bool] = ..., operator: _Optional[bool] = ..., tester: _Optional[bool] = ...) -> None: ...

class NewUser(_message.Message):
    __slots__ = ("mail", "cn", "sn", "account_admin", "developer", "end_user", "operator", "tester")
    MAIL_FIELD_NUMBER: _ClassVar[int]
    CN_FIELD_NUMBER: _ClassVar[int]
    SN_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ADMIN_FIELD_NUMBER: _ClassVar[int]
    DEVELOPER_FIELD_NUMBER: _ClassVar[int]
    END_USER_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    TESTER_FIELD_NUMBER: _ClassVar[int]
    mail: str
    cn: str
    sn: str
    account_admin: bool
    developer: bool
    end_user: bool
    operator: bool
    tester: bool
    def __init__(self, mail: _Optional[str] = ..., cn: _Optional[str] = ..., sn: _Optional[str] = ..., account_admin: _Optional[bool] = ..., developer: _Optional[bool] = ..., end_user: _Optional[bool] = ..., operator: _Optional[bool] = ..., tester: _Optional[bool] = ...) -> None: ...

class ListUsersRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListUsersResponse(_message.Message):
    __slots__ = ("users", "next_page_token", "previous_page_token", "total_size")
    USERS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TOTAL_SIZE_FIELD_NUMBER: _ClassVar[int]
    users: _containers.RepeatedCompositeFieldContainer[User]
    next_page_token: str
    previous_page_token: str
    total_size: int
    def __init__(self, users: _Optional[_Iterable[_Union[User, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., previous_page_token: _Optional[str] = ..., total_size: _Optional[int] = ...) -> None: ...

class GetUserRequest(_message.Message):
    __slots__ = ("mail",)
    MAIL_FIELD_NUMBER: _ClassVar[int]
    mail: str
    def __init__(self, mail: _Optional[str] = ...) -> None: ...

class GetUserResponse(_message.Message):
    __slots__ = ("user",)
    USER_FIELD_NUMBER: _ClassVar[int]
    user: User
    def __init__(self, user: _Optional[_Union[User, _Mapping]] = ...) -> None: ...

class CreateUserRequest(_message.Message):
    __slots__ = ("user",)
    USER_FIELD_NUMBER: _ClassVar[int]
    user: NewUser
    def __init__(self, user: _Optional[_Union[NewUser, _Mapping]] = ...) -> None: ...

class CreateUserResponse(_message.Message):
    __slots__ = ("user",)
    USER_FIELD_NUMBER: _ClassVar[int]
    user: User
    def __init__(self, user: _Optional[_Union[User, _Mapping]] = ...) -> None: ...

class DeleteUserRequest(_message.Message):
    __slots__ = ("mail", "allow_missing")
    MAIL_FIELD_NUMBER: _ClassVar[int]
    ALLOW_MISSING_FIELD_NUMBER: _ClassVar[int]
    mail: str
    allow_missing: bool
    def __init__(self, mail: _Optional[str] = ..., allow_missing: _Optional[bool] = ...) -> None: ...

class DeleteUserResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class StreamUsersRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class StreamUsersResponse(_message.Message):
    __slots__ = ("user",)
    USER_FIELD_NUMBER: _ClassVar[int]
    user: User
    def __init__(self, user: _Optional[_Union[User, _Mapping]] = ...) -> None: ...

class CreateUsersRequest(_message.Message):
    __slots__ = ("users",)
    USERS_FIELD_NUMBER: _ClassVar[int]
    users: _containers.RepeatedCompositeFieldContainer[NewUser]
    def __init__(self, users: _Optional[_Iterable[_Union[NewUser, _Mapping]]] = ...) -> None: ...

class CreateUsersResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[_bulk_pb2.ItemResult]
    def __init__(self, results: _Optional[_Iterable[_Union[_bulk_pb2.ItemResult, _Mapping]]] = ...) -> None: ...

class DeleteUsersRequest(_message.Message):
    __slots__ = ("mails",)
    MAILS_FIELD_NUMBER: _ClassVar[int]
    mails: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, mails: _Optional[_Iterable[str]] = ...) -> None: ...

class DeleteUsersResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[_bulk_pb2.ItemResult]
    def __init__(self, results: _Optional[_Iterable[_Union[_bulk_pb2.ItemResult, _Mapping]]] = ...) -> None: ...

class SyncOptions(_message.Message):
    __slots__ = ("dry_run", "delete_missing", "replace_changed", "max_deletes")
    DRY_RUN_FIELD_NUMBER: _ClassVar[int]
    DELETE_MISSING_FIELD_NUMBER: _ClassVar[int]
    REPLACE_CHANGED_FIELD_NUMBER: _ClassVar[int]
    MAX_DELETES_FIELD_NUMBER: _ClassVar[int]
    dry_run: bool
    delete_missing: bool
    replace_changed: bool
    max_deletes: int
    def __init__(self, dry_run: _Optional[bool] = ..., delete_missing: _Optional[bool] = ..., replace_changed: _Optional[bool] = ..., max_deletes: _Optional[int] = ...) -> None: ...

class SyncUsersRequest(_message.Message):
    __slots__ = ("options", "user")
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    options: SyncOptions
    user: NewUser
    def __init__(self, options: _Optional[_Union[SyncOptions, _Mapping]] = ..., user: _Optional[_Union[NewUser, _Mapping]] = ...) -> None: ...

class SyncPlan(_message.Message):
    __slots__ = ("to_add", "to_replace", "to_delete", "kept")
    TO_ADD_FIELD_NUMBER: _ClassVar[int]
    TO_REPLACE_FIELD_NUMBER: _ClassVar[int]
    TO_DELETE_FIELD_NUMBER: _ClassVar[int]
    KEPT_FIELD_NUMBER: _ClassVar[int]
    to_add: _containers.RepeatedScalarFieldContainer[str]
    to_replace: _containers.RepeatedScalarFieldContainer[str]
    to_delete: _containers.RepeatedScalarFieldContainer[str]
    kept: int
    def __init__(self, to_add: _Optional[_Iterable[str]] = ..., to_replace: _Optional[_Iterable[str]] = ..., to_delete: _Optional[_Iterable[str]] = ..., kept: _Optional[int] = ...) -> None: ...

class SyncSummary(_message.Message):
    __slots__ = ("added", "replaced", "deleted", "kept", "failed", "not_attempted")
    ADDED_FIELD_NUMBER: _ClassVar[int]
    REPLACED_FIELD_NUMBER: _ClassVar[int]
    DELETED_FIELD_NUMBER: _ClassVar[int]
    KEPT_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    NOT_ATTEMPTED_FIELD_NUMBER: _ClassVar[int]
    added: int
    replaced: int
    deleted: int
    kept: int
    failed: int
    not_attempted: int
    def __init__(self, added: _Optional[int] = ..., replaced: _Optional[int] = ..., deleted: _Optional[int] = ..., kept: _Optional[int] = ..., failed: _Optional[int] = ..., not_attempted: _Optional[int] = ...) -> None: ...

class SyncUsersResponse(_message.Message):
    __slots__ = ("plan", "result", "summary")
    PLAN_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    plan: SyncPlan
    result: _bulk_pb2.ItemResult
    summary: SyncSummary
    def __init__(self, plan: _Optional[_Union[SyncPlan, _Mapping]] = ..., result: _Optional[_Union[_bulk_pb2.ItemResult, _Mapping]] = ..., summary: _Optional[_Union[SyncSummary, _Mapping]] = ...) -> None: ...
