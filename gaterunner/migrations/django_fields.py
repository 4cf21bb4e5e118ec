"""What a Django model field is in the database, as far as two of them have to be compared."""

from __future__ import annotations

import ast

from gaterunner.migrations.python_code import Scope, name_of
from gaterunner.migrations.words import words

_TYPES = {
    "AutoField": "integer", "BigAutoField": "bigint", "SmallAutoField": "smallint", "BigIntegerField": "bigint",
    "BinaryField": "bytea", "BooleanField": "boolean", "NullBooleanField": "boolean", "DateField": "date",
    "DateTimeField": "timestamptz", "DurationField": "interval", "FloatField": "double precision",
    "IntegerField": "integer", "GenericIPAddressField": "inet", "IPAddressField": "inet", "JSONField": "jsonb",
    "SmallIntegerField": "smallint", "TextField": "text", "TimeField": "time", "UUIDField": "uuid",
    "CITextField": "citext",
    # the same column with a check on it, which is no type
    "PositiveIntegerField": "integer", "PositiveSmallIntegerField": "smallint", "PositiveBigIntegerField": "bigint",
}  # fmt: skip
_LENGTHS = {
    "CharField": None, "SlugField": 50, "URLField": 200, "EmailField": 254, "FileField": 100, "ImageField": 100,
    "FilePathField": 100, "CommaSeparatedIntegerField": None, "CICharField": None,
}  # fmt: skip
# They have no column, and a join table, if any, is a model's own: django-taggit, Django's contenttypes.
_NO_COLUMN = frozenset({"TaggableManager", "GenericRelation", "GenericForeignKey"})
# What of a field's arguments changes nothing about the values that it can hold.
_NEUTRAL = words(
    """help_text verbose_name choices default null blank db_index unique validators on_delete related_name
    related_query_name limit_choices_to upload_to storage editable auto_now auto_now_add error_messages
    primary_key db_comment db_tablespace db_default swappable parent_link serialize unique_for_date
    unique_for_month unique_for_year auto_created db_constraint db_collation max_length max_digits
    decimal_places path match recursive allow_files allow_folders width_field height_field encoder decoder
    symmetrical through_fields allow_unicode formfield_classes protocol unpack_ipv4 spatial_index features
    db_column"""
)


def column_type(field: ast.expr | None, scope: Scope) -> str:
    """The field's type as SQL writes it; for a field of another package its class and what could matter of it.

    A stated column name is part of it: two fields of one name and different columns are not the same column.
    """
    if not isinstance(field, ast.Call):
        return ""
    column = next((ast.unparse(each.value) for each in field.keywords if each.arg == "db_column"), "")
    return f"{_type(field, scope)} in {column}" if column else _type(field, scope)


def _type(field: ast.Call, scope: Scope) -> str:
    name = name_of(field.func)
    lengths = {each.arg: each.value for each in field.keywords}
    if name in _LENGTHS:
        length = lengths.get("max_length") or (field.args[1] if len(field.args) > 1 else None)
        value = scope.resolved(length)
        number = value.value if isinstance(value, ast.Constant) else _LENGTHS[name]
        return f"varchar({number})" if isinstance(number, int) and not isinstance(number, bool) else "varchar"
    if name == "DecimalField":
        digits = [scope.resolved(lengths.get(each)) for each in ("max_digits", "decimal_places")]
        if all(isinstance(each, ast.Constant) for each in digits):
            return f"numeric({digits[0].value},{digits[1].value})"  # type: ignore[union-attr]  # checked just before
        return "numeric"
    if name in _TYPES:
        return _TYPES[name]
    if name in _NO_COLUMN:
        return "no column"
    return _known_elsewhere(name, field, scope) or _other(name, field)


def _known_elsewhere(name: str, field: ast.Call, scope: Scope) -> str:
    """A class that is not of Django's models but whose column is known."""
    arguments = {each.arg: each.value for each in field.keywords}
    items = arguments.get("base_field") or (field.args[0] if field.args else None)
    if name == "ArrayField" and isinstance(items, ast.Call):
        return f"{_type(items, scope)}[]"  # PostgreSQL does not hold to a stated size
    return "jsonb" if name == "StreamField" and _is_json_stream(arguments) else ""


def _is_json_stream(arguments: dict[str | None, ast.expr]) -> bool:
    """Wagtail's stream of blocks: JSON since 3.0 where it says so, and always since 6.2, which looks blocks up."""
    stated = arguments.get("use_json_field")
    return "block_lookup" in arguments or (isinstance(stated, ast.Constant) and stated.value is True)


def _other(name: str, field: ast.Call) -> str:
    """Another class: equal texts mean the same column, and any other text is not known to be."""
    kept = [ast.unparse(each.value).lower().strip("'\"") for each in field.keywords if each.arg in {"to", "to_field"}]
    if not kept and name in {"ForeignKey", "OneToOneField", "ManyToManyField"} and field.args:
        kept = [ast.unparse(field.args[0]).lower().strip("'\"")]
    others = sorted(
        f"{each.arg}={ast.unparse(each.value)}"
        for each in field.keywords
        if each.arg not in _NEUTRAL | {"to", "to_field"}
    )
    # A foreign key and a one-to-one field to the same model have the same column.
    shown = "ForeignKey" if name == "OneToOneField" else name
    return f"{shown}[{','.join([*kept, *others])}]"
