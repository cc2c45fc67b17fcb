"""Fixes for Alembic revisions: an index beside the running work, a constraint that looks at old rows later, a bound for the wait.

What is for PostgreSQL alone is done there alone, unless the file says that it is for nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from safelint.facts.migrations import ConstraintAdded, IndexCreated, IndexDropped, ParameterSet, Statement
from safelint.findings import Finding
from safelint.fixes import Edit
from safelint.fixes._python import Code, parsed, with_keyword
from safelint.readers import Source, Unreadable
from safelint.readers._sql_names import HOLE
from safelint.readers.python import NAMES, alembic

if TYPE_CHECKING:
    import libcst

RULES = (
    "session-table-altered-without-lock-timeout",
    "session-index-built-under-a-lock",
    "session-table-scanned",
)
_BOUND = "SET lock_timeout = '5s'"
# A naming convention may make another name of the short one that a CHECK is given; one that is whole already is what it says.
_WHOLE_CHECK = re.compile(r"ck_|chk_|check_", re.IGNORECASE)


def edits(finding: Finding, text: str) -> Iterable[Edit]:
    """How to mend a finding in a revision; nothing for any other file."""
    if not re.search(NAMES, finding.place.path):
        return
    try:
        facts = [fact for fact in alembic.read(Source(finding.place.path, text)) if isinstance(fact, Statement) and fact.direction == finding.direction]
        found = [fact for fact in facts if fact.place == finding.place and fact.dialect in (None, "postgresql")]
        code = Code(text)
    except (Unreadable, ValueError):
        return
    call = code.call_at(finding.place)
    match found:
        case [IndexCreated(concurrently=False)] if call and finding.rule == "session-index-built-under-a-lock":
            # Entering the block commits what came before: half a migration could be left behind by one that fails.
            if all(isinstance(fact, IndexCreated | IndexDropped | ParameterSet) for fact in facts):
                yield from _concurrently(code, call)
        case [ConstraintAdded(kind="check" | "foreign key", valid=True) as added] if call and finding.rule == "session-table-scanned":
            yield from _validated_later(code, call, added)
        case [_, *_] if finding.rule == "session-table-altered-without-lock-timeout":
            yield from _bounded(code, finding)


def _is_operation(code: Code, call: libcst.Call, name: str) -> bool:
    """Whether a call is that of an operation of the module `op`, and a statement by itself."""
    import libcst

    func = call.func
    if not (isinstance(func, libcst.Attribute) and func.attr.value == name and isinstance(func.value, libcst.Name) and func.value.value == _op(code)):
        return False
    above = list(code.above(call))
    alone = len(above) > 2 and isinstance(above[0], libcst.Expr) and isinstance(above[1], libcst.SimpleStatementLine) and len(above[1].body) == 1
    return alone and isinstance(above[2], libcst.IndentedBlock) and not any(arg.star for arg in call.args)


def _op(code: Code) -> str:
    """What the file calls `alembic.op`; "" where it does not import it by name."""
    found = re.search(r"^from alembic import (?:.*\W)?op(?: as (\w+))?\b", code.text, re.MULTILINE)
    return (found[1] or "op") if found else ""


def _only_postgresql(code: Code) -> bool:
    """Whether the file says that it is for PostgreSQL."""
    return re.search(r"\bdialects(\.| import .*)postgresql|\bpsycopg", code.text) is not None


def _guarded(code: Code, body: str) -> list[Any]:
    """Statements that run on PostgreSQL and nowhere else."""
    if _only_postgresql(code):
        return parsed(body, code)
    indent = code.module.default_indent
    inner = "".join(f"{indent}{line}\n" for line in body.splitlines())
    return parsed(f'if {_op(code)}.get_context().dialect.name == "postgresql":\n{inner}', code)


def _concurrently(code: Code, call: libcst.Call) -> Iterator[Edit]:
    import libcst

    if not _is_operation(code, call, "create_index") or any(arg.keyword and arg.keyword.value == "postgresql_concurrently" for arg in call.args):
        return
    line = next(each for each in code.above(call) if isinstance(each, libcst.SimpleStatementLine))

    def wrapped(statement: libcst.SimpleStatementLine) -> Any:
        (block,) = parsed(f"with {_op(code)}.get_context().autocommit_block():\n    pass\n", code)
        return block.with_changes(
            leading_lines=statement.leading_lines, body=block.body.with_changes(body=[statement.with_changes(leading_lines=[])], indent=None)
        )

    yield code.with_changes((call, lambda made: with_keyword(made, "postgresql_concurrently", "True")), (line, wrapped))


def _validated_later(code: Code, call: libcst.Call, added: ConstraintAdded) -> Iterator[Edit]:
    """NOT VALID now, and VALIDATE after the commit that gives the lock back."""
    import libcst

    kind = "create_check_constraint" if added.kind == "check" else "create_foreign_key"
    if not added.name or HOLE in added.name + added.table or not _is_operation(code, call, kind):
        return
    final = isinstance(call.args[0].value, libcst.Call) or added.table in added.name
    if added.kind == "check" and not (final or _WHOLE_CHECK.match(added.name)):
        return
    line = next(each for each in code.above(call) if isinstance(each, libcst.SimpleStatementLine))
    table = ".".join(f'"{part}"' for part in added.table.split("."))
    indent = code.module.default_indent
    after = _guarded(
        code, f"with {_op(code)}.get_context().autocommit_block():\n{indent}{_op(code)}.execute('ALTER TABLE {table} VALIDATE CONSTRAINT \"{added.name}\"')\n"
    )
    yield code.with_changes((call, lambda made: with_keyword(made, "postgresql_not_valid", "True")), (line, lambda statement: [statement, *after]))


def _bounded(code: Code, finding: Finding) -> Iterator[Edit]:
    """A lock_timeout at the top of the function in which the statement stands."""
    import libcst

    inner = code.innermost_at(finding.place)
    function = next((each for each in code.above(inner) if isinstance(each, libcst.FunctionDef)), None) if inner else None
    if function is None or not _op(code) or not isinstance(function.body, libcst.IndentedBlock):
        return
    first = function.body.body[0]
    if len(function.body.body) > 1 and function.get_docstring() is not None:
        first = function.body.body[1]
    if not isinstance(first, libcst.SimpleStatementLine | libcst.With | libcst.If | libcst.For | libcst.Try):
        return
    bound = _guarded(code, f'{_op(code)}.execute("{_BOUND}")\n')

    def preceded(statement: Any) -> list[Any]:
        return [bound[0].with_changes(leading_lines=statement.leading_lines), *bound[1:], statement.with_changes(leading_lines=[])]

    yield code.with_changes((first, preceded))
