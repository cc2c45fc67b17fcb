"""The report for a person: the verdict, then each finding with its line, then what was looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from safelint.findings import Finding, Severity
from safelint.places import Place, SideName
from safelint.plain import printable
from safelint.reports import Look, Result
from safelint.reports._words import consequence, counted, in_short, part, shown_path, summary, verdict

_COLOUR: dict[Severity, str] = {"error": "31", "warning": "33", "info": "36"}
_NAME: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}


def render(result: Result, look: Look) -> str:
    """The report, with a line feed at its end."""
    paint = _Paint(look.colour)
    lines = [paint(verdict(result), _verdict_colour(result)), ""]
    explained: set[str] = set()
    for finding in result.findings:
        lines += _finding(finding, result, look, paint, explained)
        lines.append("")
    if look.verbose and result.not_understood:
        lines += [paint("not understood, and could matter:", "1")]
        lines += [f"  {_at(fact.place)}: {printable(fact.what)}: {printable(fact.why)}" for fact in result.not_understood]
        lines.append("")
    if look.verbose and result.suppressed:
        lines += [paint("suppressed:", "1")]
        lines += [f"  {_at(each.place)}: {each.rule}: {printable(each.message)} ({printable(reason) or 'no reason'})" for each, reason in result.suppressed]
        lines.append("")
    if look.verbose and result.safe_steps:
        lines += [paint("done safely:", "1"), *(f"  {_at(place)}: {printable(what)}" for place, what in result.safe_steps), ""]
    if look.statistics and result.findings:
        lines += [*_statistics(result), ""]
    last = summary(result)
    if (result.not_understood or result.suppressed) and not look.verbose:
        last += " (-v lists them)"
    return "\n".join([*lines, paint(printable(last), "2"), ""])


class _Paint:
    """Colours a text, or leaves it alone."""

    def __init__(self, colour: bool) -> None:
        self._colour = colour

    def __call__(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour and code else text


def _verdict_colour(result: Result) -> str:
    if result.findings and result.findings[0].severity != "info":
        return "1;" + _COLOUR[result.findings[0].severity]
    return "1;33" if result.suppressed or result.not_understood else "1;32"


def _finding(finding: Finding, result: Result, look: Look, paint: _Paint, explained: set[str]) -> Iterator[str]:
    colour = _COLOUR[finding.severity]
    yield from _headline(finding, look, paint)
    numbers = [finding.place.line, *(each.place.line for each in finding.related)]
    gutter = len(str(max(numbers)))
    own = list(_line(finding.place, finding.side, result, look, paint, gutter, colour, "^"))
    gone = " (before the change)" if finding.side == "base" else ""
    yield f"{' ' * gutter}{paint('-->', '34')} {_at(finding.place)}{gone}"
    yield from own
    for related in finding.related:
        side = " before the change" if related.side == "base" and not result.whole else ""
        yield f"{' ' * gutter} {paint('::: ' + _at(related.place), '34')}{paint(side + ': ' if side else ': ', '34')}{printable(related.message)}"
        lines = list(_line(related.place, related.side, result, look, paint, gutter, "34", "-"))
        # The same line once more (a secret hidden on both sides) tells nothing new.
        yield from lines if lines[:2] != own[:2] else ()
    yield from _note("impact", consequence(finding), look, paint, gutter)
    rule = result.rules.get(finding.rule)
    if rule and rule.name not in explained:
        explained.add(rule.name)
        if instead := in_short(part(rule, "Instead")):
            yield from _note("instead", printable(instead), look, paint, gutter)
        yield from _note("more", f"safelint rule {rule.name}", look, paint, gutter)


def _headline(finding: Finding, look: Look, paint: _Paint) -> Iterator[str]:
    label = f"{_NAME[finding.severity]}[{printable(finding.rule)}]"
    lines = _wrapped(f"{label}: {printable(finding.message)}", look.width, 2)
    rest = lines[0].removeprefix(label)
    yield (paint(label, f"1;{_COLOUR[finding.severity]}") + paint(rest, "1")) if rest != lines[0] else paint(lines[0], "1")
    yield from (f"  {paint(line.strip(), '1')}" for line in lines[1:])


def _wrapped(text: str, width: int, depth: int) -> list[str]:
    """The text in lines of this width, those after the first indented."""
    import textwrap

    lines = textwrap.wrap(text, width, subsequent_indent=" " * depth, break_long_words=False, break_on_hyphens=False) or [text]
    # A continued line must not begin with what a build server takes for a command.
    return [lines[0], *(f"{' ' * depth}{line.lstrip().replace('::', ': :')}" for line in lines[1:])]


def _line(place: Place, side: SideName, result: Result, look: Look, paint: _Paint, gutter: int, colour: str, marker: str) -> Iterator[str]:
    """The first line of a place, with a marker below."""

    from safelint.excerpts import excerpt

    page = result.page(side, place.path)
    lines = page.lines
    if place.line > len(lines) or not lines[place.line - 1].strip():
        return
    bar = paint("|", "34")
    end = place.end_column - 1 if place.end_line == place.line else len(lines[place.line - 1].rstrip())
    found = excerpt(page, place.line, (place.column - 1, end), max(look.width - gutter - 4, 20))
    indented = len(found.text) - len(found.text.lstrip())
    # A line deep inside a block is shown from the left: the depth tells a reader nothing here.
    cut = min(indented, found.mark[0]) if indented > 8 else 0
    yield f"{' ' * gutter} {bar}"
    yield f"{paint(str(place.line).rjust(gutter), '34')} {bar} {found.text[cut:]}".rstrip()
    more = f" to line {place.end_line}" if place.end_line > place.line else ""
    if found.mark[1] > found.mark[0]:
        start = found.mark[0] - cut
        yield f"{' ' * gutter} {bar} {' ' * start}{paint(marker * (found.mark[1] - found.mark[0]) + more, '1;' + colour)}"


def _note(name: str, text: str, look: Look, paint: _Paint, gutter: int) -> Iterator[str]:
    lead = len(f"{' ' * gutter} = {name}: ")
    lines = _wrapped(f"{' ' * lead}{text}", max(look.width, lead + 30), lead)
    yield f"{' ' * gutter} {paint('=', '34')} {paint(name, '1')}: {lines[0].strip()}"
    yield from lines[1:]


def _statistics(result: Result) -> Iterator[str]:
    counts = Counter((each.rule, each.severity) for each in result.findings)
    width = len(f"{max(counts.values()):,}")
    for (rule, severity), number in sorted(counts.items(), key=lambda each: (-each[1], each[0])):
        yield f"{number:>{width},}  {printable(rule)} ({_NAME[severity]})"
    yield counted(len(result.findings), "finding")


def _at(place: Place) -> str:
    return f"{shown_path(place.path)}:{place.line}:{place.column}"
