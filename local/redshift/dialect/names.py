"""Rewrites names for PostgreSQL: to lower case, and in quotes if they begin with #.

Redshift also folds quoted names to lower case, unless enable_case_sensitive_identifier is set.
`#name` names a temporary table.

Source: Amazon Redshift's manual, "Names and identifiers" and "CREATE TABLE".
"""

from __future__ import annotations

from sqlglot.tokens import Token, TokenType

# After an operand, # is the bitwise XOR operator.
_OPERANDS = frozenset(
    {
        TokenType.IDENTIFIER,
        TokenType.NUMBER,
        TokenType.PARAMETER,
        TokenType.R_BRACKET,
        TokenType.R_PAREN,
        TokenType.STRING,
        TokenType.VAR,
    }
)


def fold_names(sql: str, tokens: list[Token]) -> str:
    """The statement with its names rewritten; unchanged if no name needs it."""
    pieces, written = [], 0
    for at, token in enumerate(tokens):
        folded = _folded(sql, tokens, at)
        if folded is not None:
            pieces += [sql[written : token.start], folded]
            written = token.end + 1
    return "".join([*pieces, sql[written:]])


def _folded(sql: str, tokens: list[Token], at: int) -> str | None:
    """The rewritten name at this position; None if nothing changes."""
    token = tokens[at]
    if token.token_type == TokenType.IDENTIFIER:
        quoted = sql[token.start : token.end + 1]
        return quoted.lower() if quoted != quoted.lower() else None
    is_temporary = token.text.startswith("#") and token.text[1:].isidentifier()
    if token.token_type == TokenType.VAR and is_temporary and not _is_behind_operand(tokens, at):
        return f'"{token.text.lower()}"'
    return None


def _is_behind_operand(tokens: list[Token], at: int) -> bool:
    """Whether the previous token is an operand. A statement's first word, as ANALYZE, is not."""
    starts_statement = at == 1 or (at > 1 and tokens[at - 2].token_type == TokenType.SEMICOLON)
    return not starts_statement and at > 0 and tokens[at - 1].token_type in _OPERANDS
