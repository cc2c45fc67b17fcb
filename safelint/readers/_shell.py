"""Shell text as simple commands: words with quotes taken off, pipes kept together, what is fed to them.

No shell is run and none is imitated beyond what finding one command needs: expansions stay text, control words are
words like any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from safelint.records import dataclass, field

_HEREDOC = re.compile(r"<<-?\s*(['\"]?)([A-Za-z_][\w.-]*)\1")


@dataclass(slots=True)
class Simple:
    """One simple command. `fed` is the text of a here-document or here-string; `line` counts from 1 in the text."""

    words: list[str] = field(default_factory=list)
    line: int = 1
    fed: str | None = None


def pipelines(text: str) -> Iterator[list[Simple]]:
    """Every pipeline of a script, in order."""
    lines = text.split("\n")
    scanner = _Scanner(lines)
    yield from scanner.run()


class _Scanner:
    def __init__(self, lines: list[str]) -> None:
        self.text = "\n".join(lines)
        self.at = 0
        self.line = 1
        self.pipeline: list[Simple] = []
        self.command = Simple()
        self.word: list[str] | None = None
        self.waiting: list[tuple[str, Simple]] = []

    def run(self) -> Iterator[list[Simple]]:
        text = self.text
        while self.at < len(text):
            letter = text[self.at]
            if letter == "\\" and text[self.at + 1 : self.at + 2] == "\n":
                self.at += 2
                self.line += 1
            elif letter == "\\" and self.at + 1 < len(text):
                self._put(text[self.at + 1])
                self.at += 2
            elif letter in "'\"":
                self._quoted(letter)
            elif letter == "#" and self.word is None:
                end = text.find("\n", self.at)
                self.at = len(text) if end < 0 else end
            elif letter in " \t":
                self._end_word()
                self.at += 1
            elif text.startswith("<<<", self.at):
                self._end_word()
                self.at += 3
                self.command.words.append("<<<")
            elif letter == "<" and (found := _HEREDOC.match(text, self.at)):
                self._end_word()
                self.waiting.append((found[2], self.command))
                self.at = found.end()
            elif letter == "\n":
                yield from self._end_pipeline()
                self.at += 1
                self.line += 1
                self._heredocs()
            elif letter in ";&()`" or text.startswith("$(", self.at):
                if letter == "&" and (text[self.at - 1 : self.at] == ">" or text[self.at + 1 : self.at + 2] == ">"):
                    self._put(letter)
                    self.at += 1
                    continue
                yield from self._end_pipeline()
                self.at += 2 if text.startswith("$(", self.at) else 1
            elif letter == "|":
                if text.startswith("||", self.at):
                    yield from self._end_pipeline()
                    self.at += 2
                else:
                    self._end_command()
                    self.at += 1
            else:
                self._put(letter)
                self.at += 1
        yield from self._end_pipeline()

    def _put(self, letter: str) -> None:
        if self.word is None:
            self.word = []
            if not self.command.words:
                self.command.line = self.line
        self.word.append(letter)

    def _quoted(self, quote: str) -> None:
        self._put("")
        self.at += 1
        while self.at < len(self.text) and self.text[self.at] != quote:
            letter = self.text[self.at]
            if letter == "\\" and quote == '"' and self.text[self.at + 1 : self.at + 2] in ('"', "\\", "$", "`"):
                self.at += 1
                letter = self.text[self.at]
            self.line += letter == "\n"
            self._put(letter)
            self.at += 1
        self.at += 1

    def _end_word(self) -> None:
        if self.word is not None:
            word = "".join(self.word)
            if self.command.words and self.command.words[-1] == "<<<":
                self.command.words.pop()
                self.command.fed = word
            else:
                self.command.words.append(word)
            self.word = None

    def _end_command(self) -> None:
        self._end_word()
        if self.command.words:
            self.pipeline.append(self.command)
        self.command = Simple(line=self.line)

    def _end_pipeline(self) -> Iterator[list[Simple]]:
        self._end_command()
        if self.pipeline:
            # A here-document that follows is put into the very object that is given out.
            if self.waiting:
                self._heredocs_ahead()
            yield self.pipeline
        self.pipeline = []

    def _heredocs_ahead(self) -> None:
        """Read the bodies of here-documents that begin on the next line, before their pipeline is given out."""
        if self.text[self.at : self.at + 1] != "\n":
            return
        at = self.at + 1
        for word, command in self.waiting:
            body = []
            while at < len(self.text):
                end = self.text.find("\n", at)
                end = len(self.text) if end < 0 else end
                line = self.text[at:end]
                at = end + 1
                if line.strip("\t ") == word:
                    break
                body.append(line)
            command.fed = "\n".join(body)

    def _heredocs(self) -> None:
        for word, command in self.waiting:
            body = []
            while self.at < len(self.text):
                end = self.text.find("\n", self.at)
                end = len(self.text) if end < 0 else end
                line = self.text[self.at : end]
                self.at = end + 1
                self.line += 1
                if line.strip("\t ") == word:
                    break
                body.append(line)
            command.fed = "\n".join(body)
        self.waiting = []
