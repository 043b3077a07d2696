"""`#name`, which Redshift takes for the name of a temporary table."""

from __future__ import annotations

from sqlglot.tokens import Token, TokenType

# Behind an operand, # is the bitwise XOR.
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


def quote_temporary_names(sql: str, tokens: list[Token]) -> str:
    """The text with such names in quotes, which PostgreSQL needs; empty where it has none."""
    pieces, written = [], 0
    for at, token in enumerate(tokens):
        is_name = token.text.startswith("#") and token.text[1:].isidentifier()
        if is_name and token.token_type == TokenType.VAR and not _is_behind_operand(tokens, at):
            pieces += [sql[written : token.start], f'"{token.text.lower()}"']
            written = token.end + 1
    return "".join([*pieces, sql[written:]]) if pieces else ""


def _is_behind_operand(tokens: list[Token], at: int) -> bool:
    """Whether the token before is an operand; a statement's first word, as ANALYZE, is none."""
    starts_statement = at == 1 or (at > 1 and tokens[at - 2].token_type == TokenType.SEMICOLON)
    return not starts_statement and at > 0 and tokens[at - 1].token_type in _OPERANDS
