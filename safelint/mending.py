"""Fixes made: as a difference to look at, or in the files of the work tree."""

from __future__ import annotations

import difflib
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from safelint.excerpts import Page
from safelint.findings import SEVERITIES, Finding
from safelint.fixes import applied, edits
from safelint.gate import Outcome, Wishes, judge
from safelint.library import Library
from safelint.plain import printable, written_out
from safelint.records import dataclass
from safelint.sources import ChangedFile, Side
from safelint.trees import OverlaidFiles

_MOST_ROUNDS = 5  # a fix can make room for another one; more rounds than this would be two that undo each other


@dataclass(frozen=True, slots=True)
class Mended:
    """What can be mended: the files before and after by path, the findings that are gone, and what is left."""

    before: dict[str, bytes]
    after: dict[str, bytes]
    gone: tuple[Finding, ...]
    outcome: Outcome
    head: Side


def mend(base: Side | None, head: Side, changed: tuple[ChangedFile, ...], wishes: Wishes, outcome: Outcome) -> Mended:
    """Mend what can be mended, and judge again. Writes nothing."""
    before: dict[str, bytes] = {}
    after: dict[str, bytes] = {}
    gone: list[Finding] = []
    refused: set[Finding] = set()
    for _ in range(_MOST_ROUNDS):
        wanted = [each for each in outcome.findings if each.side == "head" and each not in refused]
        made = list(_files(head, wanted))
        if not made:
            break
        attempts = [made, *([(path, old, new, done)] for finding in wanted for path, old, new, done in _files(head, [finding]))]
        for attempt in attempts:
            files = head.files
            for path, _, new, _ in attempt:
                files = OverlaidFiles(path, new, files)
            mended = Side("head", files, head.touched_paths, Library())
            judged = judge(base, mended, changed, wishes)
            done = [finding for *_, findings in attempt for finding in findings]
            if not _is_better(outcome, judged, done):
                # Together they may be in one another's way: then each is tried alone, and given up where it does not help.
                refused |= set(done) if attempt is not made or len(done) == 1 else set()
                continue
            for path, old, new, findings in attempt:
                before.setdefault(path, old)
                after[path] = new
                gone += findings
            head, outcome = mended, judged
            break
        else:
            break
    return Mended(before, after, tuple(gone), outcome, head)


def _is_better(before: Outcome, after: Outcome, mended: list[Finding]) -> bool:
    """Whether these findings are gone, and none that is as bad has come. Lines may have moved.

    Lesser ones may come: a server whose configuration begins to be readable can be judged by it.
    """
    old, new = (Counter(_identity(each) for each in outcome.findings) for outcome in (before, after))
    wanted = Counter(_identity(each) for each in mended)
    worst = min(SEVERITIES.index(each.severity) for each in mended)
    come = new - old
    return (
        all(old[each] - new[each] >= number for each, number in wanted.items())
        and not any(come[_identity(each)] and SEVERITIES.index(each.severity) <= worst for each in after.findings)
        and len(after.not_understood) <= len(before.not_understood)
    )


def _identity(finding: Finding) -> tuple[str, str, str]:
    return finding.rule, finding.place.path, finding.message


def _files(head: Side, findings: list[Finding]) -> Iterator[tuple[str, bytes, bytes, list[Finding]]]:
    """For each file: its path, what it holds, what it could hold, and the findings that should then be gone."""
    by_path: dict[str, list[Finding]] = {}
    for finding in findings:
        by_path.setdefault(finding.place.path, []).append(finding)
    for path, data in head.files.read(by_path):
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            continue  # written back, it would not be the same file
        returns = text.count("\r\n")
        if returns and returns != text.count("\n"):
            continue  # both kinds of line ends: what was touched could not be told from what was not
        plain = text.replace("\r\n", "\n")
        new, made = applied(plain, [edits(finding, plain) for finding in by_path[path]])
        if new != plain:
            mended = (new.replace("\n", "\r\n") if returns else new).encode()
            yield path, data, mended, [finding for finding, done in zip(by_path[path], made, strict=True) if done]


def differences(mended: Mended) -> str:
    """The edits as a unified diff. `git apply` takes it but for hunks with a secret in them, which is hidden here as everywhere."""
    parts = []
    for path in sorted(mended.after):
        old, new = (_shown(path, data[path].decode()) for data in (mended.before, mended.after))
        name = printable(path)
        parts += list(difflib.unified_diff(old, new, f"a/{name}", f"b/{name}"))
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in parts)


def _shown(path: str, text: str) -> list[str]:
    page = Page(path, text)
    lines = [page.masked(number) for number in range(1, len(page.lines) + 1)]
    shown = ["".join(letter if letter in "\t\r" or letter.isprintable() else written_out(letter) for letter in line) for line in lines]
    return [f"{line}\n" for line in shown[:-1]] + ([shown[-1]] if shown[-1] else [])


def write(mended: Mended, root: Path) -> list[str]:
    """Write the mended files of a work tree. Gives the paths that were left alone because they hold something else by now."""
    left = []
    for path in sorted(mended.after):
        full = root / path
        if full.is_symlink() or full.read_bytes() != mended.before[path]:
            left.append(path)
            continue
        # Into the file itself, so that its permissions and links stay.
        with full.open("r+b") as file:
            file.write(mended.after[path])
            file.truncate()
            os.fsync(file.fileno())
    return left


def told(mended: Mended, verb: str) -> str:
    """In one line what was mended, or could be."""
    if not mended.gone:
        return "nothing here can be mended by a machine"
    number = len(mended.gone)
    rules = sorted({each.rule for each in mended.gone})
    return f"{verb} {number} {'finding' if number == 1 else 'findings'} ({', '.join(rules)}) in {', '.join(printable(path) for path in sorted(mended.after))}"
