"""The functions that Redshift has, grouped by where the endpoint gets them from.

A call of any other function is refused: PostgreSQL has thousands of functions that Redshift lacks.

Source: Amazon Redshift's manual, "SQL functions reference".
"""

from __future__ import annotations

from local.redshift import catalog


def names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# PostgreSQL's functions that return the same as Redshift's: conditional expressions, aggregates,
# window functions, mathematics, text, dates, formats, casts written as calls, the session.
_OF_POSTGRESQL = names("""
    coalesce greatest least nullif

    any_value bit_and bit_or bool_and bool_or count grouping max min percentile_disc sum

    cume_dist dense_rank first_value lag last_value lead nth_value ntile percent_rank rank
    row_number

    abs acos asin atan atan2 cbrt ceil ceiling cos cot degrees dexp dlog1 dlog10 exp floor ln
    mod pi pow power radians random sign sin sqrt tan to_hex

    ascii bpcharcmp btrim bttext_pattern_cmp char_length character_length chr initcap left length
    lower lpad ltrim md5 octet_length quote_ident quote_literal repeat replace reverse right rpad
    rtrim strpos substr textlen translate upper

    date_cmp date_cmp_timestamp date_cmp_timestamptz interval_cmp timestamp_cmp
    timestamp_cmp_date timestamp_cmp_timestamptz timestamptz_cmp timestamptz_cmp_date
    timestamptz_cmp_timestamp timezone

    to_char to_number

    date interval time timestamp

    pg_backend_pid
""")

# Functions whose calls the relay replaces: see windows.py and translation.py.
_OF_THE_RELAY = names("""
    date_add date_diff date_part grouping_id listagg median nvl nvl2 percentile_cont
    pgdate_part position ratio_to_report substring
""")

# Leader-node functions, which a statement on user tables may not call.
LEADER_NODE = names("""
    age array_dims array_lower array_to_string array_upper col_description current_database
    current_schema current_schemas current_setting format_type generate_series get_bit get_byte
    has_column_privilege has_database_privilege has_function_privilege has_language_privilege
    has_schema_privilege has_table_privilege has_tablespace_privilege isfinite now
    obj_description pg_cancel_backend pg_encoding_to_char pg_get_constraintdef pg_get_expr
    pg_get_indexdef pg_get_keywords pg_get_userbyid pg_get_viewdef pg_sleep pg_table_is_visible
    pg_terminate_backend set_bit set_byte set_config timeofday to_ascii
""")

# Functions on SUPER. No column here has this type, so PostgreSQL answers that the table or the
# function does not exist.
_OF_SUPER = names("""
    decimal_precision decimal_scale is_array is_bigint is_boolean is_char is_decimal is_float
    is_integer is_object is_scalar is_smallint is_varchar json_typeof size
""")

KNOWN = _OF_POSTGRESQL | _OF_THE_RELAY | catalog.FUNCTIONS | LEADER_NODE | _OF_SUPER

# Functions that Redshift requires a frame for when the window has an ORDER BY.
FRAMED = names("""
    any_value avg bit_and bit_or bool_and bool_or count first_value last_value max min nth_value
    stddev stddev_pop stddev_samp sum var_pop var_samp variance
""")
