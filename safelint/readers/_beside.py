"""Which file of a tree is meant by a name that another file uses."""

from __future__ import annotations

from collections.abc import Iterable


def module_path(dotted: str, paths: Iterable[str], near: str) -> tuple[str, tuple[str, ...]] | None:
    """The file of the longest beginning of a dotted name that is a module, and the names that are left; None where there is none."""
    parts = dotted.split(".")
    wanted: dict[str, int] = {}
    for length in range(len(parts), 0, -1):
        whole = "/".join(parts[:length])
        wanted |= {f"{whole}.py": length, f"{whole}/__init__.py": length}
    tails = tuple(f"/{tail}" for tail in wanted)
    found = [path for path in paths if path in wanted or path.endswith(tails)]
    if not found:
        return None

    def length_of(path: str) -> int:
        return max(length for tail, length in wanted.items() if path == tail or path.endswith(f"/{tail}"))

    best = max(found, key=lambda path: (length_of(path), _common(path, near), -len(path)))
    return best, tuple(parts[length_of(best) :])


def file_path(written: str, paths: Iterable[str], near: str) -> str | None:
    """The file that a path means which code puts together; None where there is none."""
    parts = [part for part in written.split("/") if part not in ("", ".", "..")]
    tails = ["/".join(parts[start:]) for start in range(len(parts))]
    found = [path for path in paths if path == tails[-1] or path.endswith(f"/{tails[-1]}")] if tails else []

    def length_of(path: str) -> int:
        return max(len(tail) for tail in tails if path == tail or path.endswith(f"/{tail}"))

    return max(found, key=lambda path: (length_of(path), _common(path, near), -len(path)), default=None)


def _common(first: str, second: str) -> int:
    return next((number for number, (one, other) in enumerate(zip(first.split("/"), second.split("/"), strict=False)) if one != other), 0)
