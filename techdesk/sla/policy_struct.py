"""Reads a table of a policy file into the struct that says, by its fields, what the table may hold."""

from __future__ import annotations

import types
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar, get_args, get_origin

from msgspec import NODEFAULT, Struct
from msgspec.structs import FieldInfo, fields

from techdesk.sla.policy_table import Table

Form = TypeVar("Form", bound=Struct)


def read(table: Table, form: type[Form]) -> Form:
    """A table as the struct that says what it may hold."""
    values = {field.name: _value(table, field) for field in _fields(form)}
    table.done()
    return form(**values)


@cache
def _fields(form: type[Struct]) -> tuple[FieldInfo, ...]:
    return fields(form)


def _value(table: Table, field: FieldInfo) -> Any:
    wanted, name, required = field.type, field.name, field.default is NODEFAULT
    if get_origin(wanted) is types.UnionType:  # optional: only enumerations and whole numbers are
        wanted = next(option for option in get_args(wanted) if option is not types.NoneType)
        if name not in table:
            return table.raw(name)
    if get_origin(wanted) is tuple:
        if required and name not in table:
            raise table.fail("", f"needs {name!r}")
        return _several(table, name, get_args(wanted)[0])
    if wanted is str:
        return table.text(name, None if required else field.default)
    if wanted is bool:
        return table.flag(name) if required else table.flag(name, field.default)
    if wanted is int:
        return table.integer(name, None if required else field.default, high=10_000)
    assert issubclass(wanted, StrEnum)
    return table.word(name, wanted, None if required else field.default)


def _several(table: Table, name: str, wanted: Any) -> tuple[Any, ...]:
    if wanted is str:
        return table.texts(name)
    if wanted is int:
        return table.integers(name)
    if issubclass(wanted, StrEnum):
        return table.words(name, wanted)
    return tuple(read(inner, wanted) for inner in table.tables(name))
