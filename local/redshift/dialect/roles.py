"""Users and roles: CREATE USER, CREATE ROLE, DROP ROLE, GRANT and REVOKE with kinds of grantees.

PostgreSQL has one kind of role for Redshift's users, groups and roles, and does not take the word
ROLE before a name. So a Redshift role is a PostgreSQL role that cannot log in, and that is marked
by a connection limit of 0. Each name in a statement is checked to be of the kind that it says.

Source: Amazon Redshift's manual, "CREATE ROLE", "DROP ROLE", "GRANT", "REVOKE".
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from sqlglot.tokens import Token, TokenType

from local.redshift.copy.copy_command import Refused
from local.redshift.wire.exchange import literal, quoted


def plan_create_role(tokens: Sequence[Token]) -> tuple[str, ...]:
    """The statements of CREATE ROLE."""
    if len(tokens) != 3:
        word = tokens[3].text.upper() if len(tokens) > 3 else "without a name"
        raise Refused(f"CREATE ROLE {word} is not supported by the local endpoint")
    return (f"create role {quoted(_name(tokens[2]))} nologin connection limit 0",)


def rewrite_create_user(sql: str, tokens: Sequence[Token]) -> str:
    """CREATE USER with PASSWORD DISABLE as PostgreSQL writes it: PASSWORD NULL.

    Source: Amazon Redshift's manual, "CREATE USER".
    """
    for before, token in pairwise(tokens):
        if (before.text.upper(), token.text.upper()) == ("PASSWORD", "DISABLE"):
            start = tokens[0].start
            return f"{sql[: token.start - start]}null{sql[token.end + 1 - start :]}"
    return sql


def plan_drop_role(tokens: Sequence[Token]) -> tuple[str, ...]:
    """The statements of DROP ROLE: without FORCE it fails if the role is granted to anyone."""
    words = [token.text.upper() for token in tokens[3:]]
    if len(tokens) < 3 or words not in ([], ["RESTRICT"], ["FORCE"]):
        raise Refused("DROP ROLE takes one name, and FORCE or RESTRICT")
    name = _name(tokens[2])
    checks = [_check("role", name)]
    if words != ["FORCE"]:
        checks.append(f"select redshift_relay.check_not_granted({literal(name)})")
    return (*checks, f"drop role {quoted(name)}")


def plan_grant(sql: str, tokens: Sequence[Token]) -> tuple[str, ...]:
    """The statements of GRANT or REVOKE."""
    words = [token.text.upper() for token in tokens]
    if "ON" in words:
        return _plan_privileges(sql, tokens, words)
    start = 4 if words[1:4] == ["ADMIN", "OPTION", "FOR"] else 1
    if words[start : start + 1] != ["ROLE"]:
        raise Refused(f"{words[0]} of system privileges is not emulated by the local endpoint")
    at = words.index("TO" if words[0] == "GRANT" else "FROM")
    roles = _identities(tokens[start:at])
    grantees, option = _grantees(tokens[at + 1 :])
    if any(kind not in {"user", "role"} for kind, _ in grantees):
        raise Refused("a role is granted to users and roles")
    if any(kind != "role" for kind, _ in roles):
        raise Refused("each role that is granted needs the word ROLE before its name")
    _refuse_option(option, grantees, "ADMIN")
    verb = words[0].lower() + (" admin option for" if start == 4 else "")
    names, to = _list(roles), _list(grantees)
    return (
        *_checks([*roles, *grantees]),
        f"{verb} {names} {words[at].lower()} {to}{' with admin option' if option else ''}",
    )


def _plan_privileges(sql: str, tokens: Sequence[Token], words: list[str]) -> tuple[str, ...]:
    at = len(words) - 1 - words[::-1].index("TO" if words[0] == "GRANT" else "FROM")
    grantees, option = _grantees(tokens[at + 1 :])
    _refuse_option(option, grantees, "GRANT")
    start = sql[: tokens[at].end + 1 - tokens[0].start]
    further = f" with {option.lower()} option" if option else ""
    cascade = " cascade" if words[-1] == "CASCADE" else ""
    return (*_checks(grantees), f"{start} {_list(grantees)}{further}{cascade}")


def _grantees(tokens: Sequence[Token]) -> tuple[list[tuple[str, str]], str]:
    """The identities behind TO or FROM, and the option that they get."""
    words = [token.text.upper() for token in tokens]
    if words[-1:] in (["CASCADE"], ["RESTRICT"]):
        tokens, words = tokens[:-1], words[:-1]
    if words[-3:-2] == ["WITH"] and words[-1] == "OPTION":
        return _identities(tokens[:-3]), words[-2]
    return _identities(tokens), ""


def _identities(tokens: Sequence[Token]) -> list[tuple[str, str]]:
    """Kind and name of each in a list such as `ann, role r, group g, public`."""
    parts: list[list[Token]] = [[]]
    for token in tokens:
        if token.token_type == TokenType.COMMA:
            parts.append([])
        else:
            parts[-1].append(token)
    identities = []
    for part in parts:
        kind = part[0].text.lower() if len(part) == 2 else "user"
        if not part or len(part) > 2 or kind not in {"user", "role", "group"}:
            raise Refused(
                "GRANT and REVOKE take ROLE name, GROUP name, PUBLIC or the name of a user"
            )
        if len(part) == 1 and part[0].text.lower() == "public":
            kind = "public"
        identities.append((kind, _name(part[-1])))
    return identities


def _refuse_option(option: str, grantees: Sequence[tuple[str, str]], name: str) -> None:
    if not option:
        return
    if option != name:
        raise Refused(f"WITH {option} OPTION is not supported here")
    if any(kind != "user" for kind, _ in grantees):
        raise Refused(f"WITH {option} OPTION can be granted to users only")
    if len(grantees) > 1:
        raise Refused(f"WITH {option} OPTION for several users is not emulated: name one")


def _checks(identities: Sequence[tuple[str, str]]) -> list[str]:
    return [_check(kind, name) for kind, name in identities if kind != "public"]


def _check(kind: str, name: str) -> str:
    return f"select redshift_relay.check_identity({literal(kind)}, {literal(name)})"


def _list(identities: Sequence[tuple[str, str]]) -> str:
    return ", ".join("public" if kind == "public" else quoted(name) for kind, name in identities)


def _name(token: Token) -> str:
    """Names are folded to lower case, also in quotes: Redshift's default."""
    return token.text.lower()
