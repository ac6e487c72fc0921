# SPDX-License-Identifier: BSD-3-Clause
"""The comments of akr.h as text that can be set anew: paragraphs, lists, tables, code, and the fields of a function.

In a comment, a line that begins with "Options: ", "Report: ", "Status: " or "Cost: " begins that field; it ends with the
comment, which closes with a thread tag and "Since". Lines that are indented by two more are list items, "term  text", or a
table where the first one begins with "key"; what is indented deeper without an item above it is code."""
import os
import re
import sys
from collections import namedtuple

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "tests", "tools"))
import akr_header  # noqa: E402

FIELDS = ("Options", "Report", "Status", "Cost")

# blocks: ("text", words), ("items", [(term, words)]), ("table", [heads], [rows]) or ("code", [lines])
Comment = namedtuple("Comment", "blocks fields tag since")
Entry = namedtuple("Entry", "names code comment functions")  # functions: of akr_header, empty for types and constants
Section = namedtuple("Section", "number title comment entries")
Manual = namedtuple("Manual", "version intro general sections")


def _lines(comment):
    body = comment[2:-2].strip("\n")
    return [re.sub(r"^ ?\*? ?", "", line, count=1).rstrip() if line.strip() != "*" else "" for line in body.splitlines()]


def _columns(head):
    return [m.start() for m in re.finditer(r"\S+", head)]


def _cells(line, columns):
    ends = columns[1:] + [None]
    return [line[a:b].strip() for a, b in zip(columns, ends)]


class _Reader:
    def __init__(self):
        self.blocks, self.fields, self.columns, self.field = [], {}, None, None

    def end(self):
        """The next line begins something new."""
        self.blocks.append(None)
        self.columns = None

    def kind(self):
        return self.blocks[-1][0] if self.blocks and self.blocks[-1] else None

    def text(self, line):
        field = re.match(rf"({'|'.join(FIELDS)}): (.*)$", line)
        if field:
            self.field = field[1]
            self.fields[self.field] = field[2]
        elif self.field:
            self.fields[self.field] += " " + line.strip()
        elif self.kind() == "text":
            self.blocks[-1][1] += " " + line
        else:
            self.end()
            self.blocks.append(["text", line])

    def indented(self, line):
        item = re.match(r"  (\S+) {2,}(\S.*)$", line)
        if item and item[1] == "key":
            self.end()
            self.columns = _columns(line)
            self.blocks.append(["table", _cells(line, self.columns), []])
        elif self.kind() == "table":
            cells = _cells(line, self.columns)
            if cells[0]:
                self.blocks[-1][2].append(cells)
            else:
                self.blocks[-1][2][-1][-1] += " " + line.strip()
        elif item:
            if self.kind() != "items":
                self.end()
                self.blocks.append(["items", []])
            self.blocks[-1][1].append([item[1], item[2]])
        elif self.kind() == "items":
            self.blocks[-1][1][-1][1] += " " + line.strip()
        else:
            if self.kind() != "code":
                self.end()
                self.blocks.append(["code", []])
            self.blocks[-1][1].append(line)

    def line(self, line):
        if not line:
            if self.kind() == "code":
                self.blocks[-1][1].append("")
            else:
                self.end()
        elif line.startswith("  ") and not self.field:
            self.indented(line)
        else:
            self.text(line)


def parse_comment(comment):
    text = "\n".join(_lines(comment)).strip("\n")
    end = re.search(r"\s*(?:\[(shared|serial|any thread)\]\s+)?Since (\d+\.\d+)\.$", text)
    tag, since = (end[1], end[2]) if end else (None, None)
    reader = _Reader()
    for line in text[:end.start() if end else None].splitlines():
        reader.line(line)
    blocks = [block for block in reader.blocks if block]
    for block in blocks:
        while block[0] == "code" and not block[1][-1]:
            block[1].pop()
    return Comment(blocks, reader.fields, tag, since)


def _names(code):
    found = re.findall(r"\(\*(akr_\w+)\)|\b(akr_\w+);|^#define (AKR_VERSION\w+)|\b(AKR_\w+) =", code, re.M)
    return ["".join(groups) for groups in found]


def read():
    """All of akr.h in its order. Raises HeaderError for what does not keep to the form."""
    text = akr_header.read(os.path.join(ROOT, "include", "akr.h"))
    functions = {f.name: f for f in akr_header.functions(text)}
    pieces = re.split(r"(/\*.*?\*/)", text[text.index("*/") + 2:], flags=re.S)[1:]
    intro, general, sections = None, [], []
    for comment, code in zip(pieces[::2], pieces[1::2]):
        code = code.split("#if")[0].strip()
        head = re.match(r"(\d)\. (.+)\n?", "\n".join(_lines(comment)).lstrip("\n"))
        if intro is None:
            intro = parse_comment(comment)
        elif head:
            rest = comment.replace(head[0].rstrip(), "", 1)
            sections.append(Section(head[1], head[2].strip(), parse_comment(rest), []))
        else:
            listed = [functions[name] for name in re.findall(r"AKR_API\s[\w\s*]*?\b(akr_\w+)\s*\(", code)]
            names = [f.name for f in listed] or _names(code)
            if not names:
                raise akr_header.HeaderError(f"a comment with nothing below it: {comment[:60]!r}")
            entry = Entry(names, code, parse_comment(comment), listed)
            (sections[-1].entries if sections else general).append(entry)
    version = ".".join(re.findall(r"#define AKR_VERSION_(?:MAJOR|MINOR) (\d+)", text))
    return Manual(version, intro, general, sections)


def problems(manual):
    """What a function's comment owes and does not have."""
    for section in manual.sections:
        for entry in section.entries:
            needed = {"Status": any(f.result == "akr_status" for f in entry.functions),
                      "Options": any(a.name == "options" and a.type == "const akr_options *" and section.number != "2"
                                     for f in entry.functions for a in f.arguments),
                      "Report": any(a.type == "akr_report *" and section.number != "3" for f in entry.functions
                                    for a in f.arguments)}
            for field, owed in needed.items():
                if owed != (field in entry.comment.fields):
                    yield f"akr.h: {entry.names[0]}: its comment has {'no' if owed else 'a needless'} \"{field}: \" line"
            if not entry.comment.tag or not entry.comment.since:
                yield f"akr.h: {entry.names[0]}: its comment does not end with a thread tag and Since"


def section_table(manual, number):
    """The rows below "key ..." in the head comment of a section."""
    section = next(s for s in manual.sections if s.number == number)
    return next(block[2] for block in section.comment.blocks if block[0] == "table")
