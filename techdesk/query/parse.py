"""From the text of a limit to its tree, or to where it stopped making sense. Never raises."""

from __future__ import annotations

from techdesk.query.fields import BY_NAME, NAMES
from techdesk.query.lexer import Kind, Token, tokens
from techdesk.query.tree import And, Field, Node, Not, Or, Query, QueryError, Words
from techdesk.query.values import read_value

MAX_LENGTH = 2000
"""Characters. Longer ones are no limit that anybody typed."""
MAX_DEPTH = 40
"""Parentheses and negations inside one another."""
MAX_TERMS = 100


def parse(text: str) -> Query | QueryError:
    """The tree of a limit. An empty or blank text is every ticket.

    >>> parse("prio:1,2").tree
    Field(name='prio', values=(Number(number=1), Number(number=2)))
    """
    if len(text) > MAX_LENGTH:
        return QueryError(position=MAX_LENGTH, message=f"a limit has at most {MAX_LENGTH} characters")
    found = tokens(text)
    if isinstance(found, QueryError):
        return found
    if len(found) > MAX_TERMS * 2:
        return QueryError(
            position=found[MAX_TERMS].position, message=f"a limit has at most {MAX_TERMS} terms"
        )
    if len(found) == 1:
        return Query(text)
    return _Parser(text, found).run()


class _Stop(Exception):
    """Carries the first error out of the descent; never leaves this module."""

    def __init__(self, error: QueryError) -> None:
        super().__init__(error.message)
        self.error = error


class _Parser:
    """Recursive descent: either -> all -> one; negation binds tightest, OR loosest."""

    def __init__(self, text: str, found: list[Token]) -> None:
        self._text = text
        self._tokens = found
        self._index = 0

    def run(self) -> Query | QueryError:
        try:
            tree = self._either(0)
            token = self._peek()
            if token.kind is not Kind.END:
                raise _Stop(QueryError(position=token.position, message="there is no '(' for this ')'"))
        except _Stop as stop:
            return stop.error
        return Query(self._text, tree)

    def _peek(self) -> Token:
        return self._tokens[self._index]

    def _take(self) -> Token:
        token = self._tokens[self._index]
        self._index += 1
        return token

    def _either(self, depth: int) -> Node:
        parts = [self._all(depth)]
        while self._peek().kind is Kind.OR:
            self._take()
            parts.append(self._all(depth))
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _all(self, depth: int) -> Node:
        parts = [self._one(depth)]
        while self._peek().kind not in (Kind.OR, Kind.CLOSE, Kind.END):
            if self._peek().kind is Kind.AND:
                self._take()
            parts.append(self._one(depth))
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _one(self, depth: int) -> Node:
        token = self._take()
        if depth > MAX_DEPTH:
            raise _Stop(QueryError(position=token.position, message="this is nested too deeply"))
        match token.kind:
            case Kind.NOT:
                return Not(self._one(depth + 1))
            case Kind.OPEN:
                inside = self._either(depth + 1)
                close = self._take()
                if close.kind is not Kind.CLOSE:
                    raise _Stop(
                        QueryError(
                            position=token.position, message="this '(' is never closed", allowed=(")",)
                        )
                    )
                return inside
            case Kind.FIELD:
                return self._field(token)
            case Kind.QUOTED:
                return Words(token.text)
            case Kind.WORD:
                return Words(token.text, prefix=token.position + len(token.text) == len(self._text))
            case _:
                self._index -= 1  # the END has to stay for whoever looks next
                raise _Stop(
                    QueryError(
                        position=token.position,
                        message="something to look for is missing here",
                        allowed=tuple(f"{name}:" for name in NAMES),
                    )
                )

    def _field(self, token: Token) -> Field:
        spec = BY_NAME.get(token.text.lower())
        if spec is None:
            from difflib import get_close_matches  # 3 ms that only a mistake should cost

            near = get_close_matches(token.text.lower(), BY_NAME, n=1)
            guess = f"; did you mean {near[0]}:" if near else f'; quote it to search for "{token.text}:"'
            raise _Stop(
                QueryError(
                    position=token.position,
                    message=f"there is no field {token.text}:{guess}",
                    allowed=tuple(f"{name}:" for name in NAMES),
                )
            )
        values = []
        for position, text, quoted in token.values:
            value = read_value(spec, position, text, quoted=quoted)
            if isinstance(value, QueryError):
                raise _Stop(value)
            values.append(value)
        return Field(spec.name, tuple(values))
