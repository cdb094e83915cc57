"""What the declarations of tables share: metadata, kinds of columns, constraints."""

import re
from collections.abc import Iterable
from typing import Any, ClassVar

from sqlalchemy import BigInteger, CheckConstraint, LargeBinary, MetaData
from sqlalchemy.orm import declared_attr
from sqlmodel import Field, SQLModel

from storage.times import UtcDateTime

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Rows(SQLModel):
    """The base of all tables; the table of `LoginStates` is login_states."""

    metadata: ClassVar[MetaData] = METADATA

    @declared_attr.directive
    def __tablename__(cls) -> str:  # noqa: N805 - SQLAlchemy passes the class
        return re.sub("(?<=[a-z])(?=[A-Z])", "_", cls.__name__).lower()


def one_of(name: str, values: Iterable[str]) -> CheckConstraint:
    """Allow these values only."""
    return CheckConstraint(f"{name} IN ({', '.join(map(repr, map(str, values)))})", name=name)


def number_key(*, index: bool = False) -> Any:  # noqa: ANN401 - SQLModel's fields have no type of their own
    """Declare a number of Telegram or DIMO as (a part of) the primary key."""
    return Field(sa_type=BigInteger, primary_key=True, index=index, sa_column_kwargs={"autoincrement": False})


def number(*, index: bool = False) -> Any:  # noqa: ANN401 - see above
    """Declare a number of Telegram or DIMO."""
    return Field(sa_type=BigInteger, index=index)


def moment(*, index: bool = False) -> Any:  # noqa: ANN401 - see above
    """Declare a moment in UTC."""
    return Field(sa_type=UtcDateTime, index=index)


def keyed_hash(*, of: str, within: tuple[str, ...] = (), index: bool = True) -> Any:  # noqa: ANN401 - see above
    """Declare a keyed hash of a sealed field, by which rows are found without decrypting them.

    The hash shows which rows hold the same: with `within` only among rows that are alike in these columns, of which a
    moment counts as its day in UTC.
    """
    return Field(default=None, index=index, sa_column_kwargs={"info": {"hash_of": of, "hash_within": within}})


def ciphertext() -> Any:  # noqa: ANN401 - see above
    """Declare a ciphertext."""
    return Field(sa_type=LargeBinary)
