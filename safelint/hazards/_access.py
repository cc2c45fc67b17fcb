"""Statements after which the application may not see its rows, or not change them."""

from __future__ import annotations

from collections.abc import Iterator

from safelint.facts.migrations import PolicyCreated, PolicyDropped, PrivilegesChanged, RowSecurityChanged, Statement, TableCreated
from safelint.facts.tables import TableDeclared
from safelint.hazards._story import Story
from safelint.sources import Side

_NEEDED = {"all", "all privileges", "select", "insert", "update", "delete"}


def hidden_by(story: Story, index: int, statement: Statement, side: Side) -> str:
    """How a statement hides its table from the application, "" where it does not."""
    table = statement.table
    match statement:
        case RowSecurityChanged(action="enable" | "force"):
            policies = (*story.statements, *side.everywhere(PolicyCreated))
            commands = {each.command for each in policies if isinstance(each, PolicyCreated) and each.table == table and not each.restrictive}
            if "all" not in commands and not commands >= {"select", "insert"}:
                return "row security" if not commands else f"row security, with a policy for {' and '.join(sorted(commands))} only"
        case PolicyCreated(restrictive=True, never=True):
            return "policy"
        case PolicyDropped():
            after = story.statements[index:]
            others = [each for each in side.everywhere(PolicyCreated) if each.table == table and each.name != statement.name]
            disabled = any(isinstance(each, RowSecurityChanged) and each.table == table and each.action == "disable" for each in story.statements)
            if not (others or disabled or any(isinstance(each, PolicyCreated) and each.table == table for each in after)):
                return "policy"
        case PrivilegesChanged(action="revoke", privileges=privileges, roles=roles, scope="table"):
            if not _NEEDED & set(privileges) or set(roles) <= {"public", "anon"} or _granted(story, index, table):
                return ""
            return "privileges"
        case PrivilegesChanged(action="owner"):
            return "" if _granted(story, index, table) else "owner"
    return ""


def shut_off(story: Story, index: int, statement: Statement, side: Side) -> Iterator[str]:
    """The tables of a schema whose rights, or the way to which, a statement takes from the application's role."""
    if not isinstance(statement, PrivilegesChanged) or statement.action != "revoke" or statement.scope == "table":
        return
    needed = _NEEDED if statement.scope == "all tables" else {"all", "all privileges", "usage"}
    if not needed & set(statement.privileges) or set(statement.roles) <= {"public", "anon"} or _granted(story, index, statement.table):
        return
    tables = dict.fromkeys(created.table for created in side.everywhere(TableCreated) if created.direction == "upgrade" and not created.temporary)
    tables |= dict.fromkeys(declared.name for declared in side.everywhere(TableDeclared) if declared.name)
    for table in tables:
        if (table.rpartition(".")[0] or "public") == (statement.table or "public"):
            yield table


def _granted(story: Story, index: int, table: str) -> bool:
    """Whether somebody is given rights on the table later on."""
    return any(
        isinstance(each, PrivilegesChanged) and each.action == "grant" and (each.table == table or each.scope != "table") for each in story.statements[index:]
    )
