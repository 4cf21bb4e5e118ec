"""The words by which the judge of SQL tells what statements are harmless, what hides one, and what undoes one."""

from __future__ import annotations

import re

from gaterunner.migrations.words import words

# Verbs that neither lose anything nor run what is not written here.
HARMLESS = words(
    """BEGIN START COMMIT END ROLLBACK SAVEPOINT RELEASE ABORT SHOW GRANT REVOKE COMMENT ANALYZE ANALYSE VACUUM
    REINDEX LOCK UNLOCK PRAGMA NOTIFY LISTEN UNLISTEN CLUSTER REFRESH INSERT REPLACE VALUES TABLE DECLARE
    FETCH MOVE CLOSE CHECKPOINT RESET DISCARD DEALLOCATE SECURITY REASSIGN OPTIMIZE FLUSH EXPLAIN DESCRIBE
    DESC UPSERT HANDLER GO PRINT RAISE NULL RETURN GET ASSERT ATTACH DETACH REPAIR CHECK SIGNAL WITH MERGE
    DELETE UPDATE CREATE ALTER DROP TRUNCATE RENAME SET USE LOAD IMPORT PURGE CACHE KILL BULK OPEN EXIT
    CONTINUE ELSE LEAVE ITERATE REM PROMPT SPOOL DEFINE"""
)
ROUTINES = frozenset(
    {"FUNCTION", "PROCEDURE", "PROC", "TRIGGER", "PACKAGE", "RULE", "POLICY", "AGGREGATE", "CAST", "VIEW"}
)
# Functions that only compute, read or keep settings; any other may be the branch's own.
BUILT_IN = re.compile(
    r"""(?ix) (?: count|sum|min|max|avg|coalesce|now|current_\w+|setval|nextval|currval|lastval|pg_get_serial_sequence
    | set_config|current_setting|version|exists|cast|concat\w*|lower|upper|length|char_length|nullif|greatest|least
    | array\w*|json\w*|to_\w+|date_\w+|extract|substring|substr|replace|trim|round|floor|ceil|row_number|rank
    | dense_rank|unnest|generate_series|regexp_\w+|split_part|string_agg|md5|gen_random_uuid|uuid_generate_v\d\w*
    | pg_advisory_\w+|pg_sleep|pg_size_\w+|pg_\w+_size|to_regclass|quote_\w+|format|age|random|ifnull|if|isnull|left
    | right|convert|group_concat|unix_timestamp|from_unixtime|sysdate|datetime|strftime|date|hex|abs|mod|ascii|chr
    | object_id|db_name|schema_name|scope_identity|newid|getdate|col_length|in|and|or|not|as|on|over|filter|values
    | from|where|select|by|any|all|some|when|then|else|using|distinct|lateral|interval|numeric|varchar|char|decimal
    | pg_catalog|createdistributedtable|create_hypertable|create_distributed_table|create_reference_table|row|
    | has_\w+_privilege|add_retention_policy|add_compression_policy|addgeometrycolumn )"""
)
META_INCLUDE = re.compile(r"\\(?:ir?|include(?:_relative)?)\s+(?P<file>\S+)")
META_HARMLESS = re.compile(
    r"\\(?:set|unset|echo|qecho|warn|timing|pset|x|a|t|encoding|if|elif|else|endif|q|o|d\S*|l|z|prompt|copy|\.|\\|"
    r"restrict|unrestrict)(?:\s|$)"
)

# Functions of PostgreSQL, TimescaleDB and Citus that delete what they are given.
LOSING_FUNCTIONS = words(
    """lo_unlink lo_truncate lo_put pg_file_unlink drop_chunks drop_hypertable pg_drop_replication_slot
    drop_distributed_table truncate_local_data_after_distributing_table cleanup_orphaned_lob"""
)
# What a verb that is filled in may be about.
OBJECTS = frozenset({"TABLE", "COLUMN", "SCHEMA", "DATABASE", "FROM"})
# With these, what this reader takes for a literal is none, or the other way round.
READS_OTHERWISE = re.compile(
    r"STANDARD_CONFORMING_STRINGS\s*(?:=|TO)?\s*(?:OFF|FALSE|0|NO|F)\b|\bNO_BACKSLASH_ESCAPES\b|\bANSI_QUOTES\b"
)
# What puts `search_path` back, or may: a name then means the default schema's again.
BACK_TO_DEFAULTS = frozenset({"RESET", "DISCARD", "ROLLBACK", "ABORT"})
# After these a creation may not have happened, or be undone.
MAY_UNDO = re.compile(r"(?i)\bROLLBACK\b|^\s*\\(?:if|set\s+ON_ERROR)", re.MULTILINE)
