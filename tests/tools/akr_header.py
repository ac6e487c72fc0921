# SPDX-License-Identifier: BSD-3-Clause
"""akr.h as data: its functions, constants and comments. The header keeps to a plain form on purpose (no macros but
AKR_API, no inline functions, one declaration an entry), so that a page of regular expressions reads all of it; text that
does not fit the form is an error here, not something to skip."""
import re
from collections import namedtuple

Argument = namedtuple("Argument", "type name")
Function = namedtuple("Function", "name result arguments comment line")

_DECLARATION = re.compile(r"AKR_API\s+([\w\s*]*?)\b(akr_\w+)\s*\(([^;]*)\)\s*;")
_COMMENT = re.compile(r"/\*.*?\*/", re.S)


class HeaderError(Exception):
    pass


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def blank_comments(text):
    """Comments become blanks: every other character keeps its place."""
    return _COMMENT.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


def _argument(text):
    match = re.fullmatch(r"(.*?)(\w+)", " ".join(text.split()))
    if not match or not match.group(1).strip():
        raise HeaderError(f"argument without a name: {text!r}")
    return Argument(match.group(1).strip(), match.group(2))


def functions(text):
    """All functions, in order; the comment is the one that ends right above, or above the run of declarations that the
    function belongs to (an _f64 and its _f32 share one)."""
    code = blank_comments(text)
    comments = {m.end(): m.group() for m in _COMMENT.finditer(text)}
    found = []
    previous_end, previous_comment = 0, ""
    for match in _DECLARATION.finditer(code):
        between = [comments[e] for e in comments if previous_end <= e <= match.start()]
        # A comment behind a blank line belongs to what follows it only if nothing but blanks stands between.
        comment = between[-1] if between else previous_comment
        result, name, arguments = match.groups()
        listed = [] if arguments.strip() == "void" else [_argument(a) for a in arguments.split(",")]
        found.append(Function(name, result.strip(), listed, comment, text.count("\n", 0, match.start()) + 1))
        previous_end, previous_comment = match.end(), comment
    if len(found) != len(re.findall(r"^\s*AKR_API\b", code, re.M)):
        raise HeaderError("a declaration behind AKR_API has not the form this script reads")
    return found


def constants(text):
    """{name: value} of all enumerators."""
    values = {}
    for body in re.findall(r"\benum\s*\{([^}]*)\}", blank_comments(text)):
        for entry in filter(str.strip, body.split(",")):
            match = re.fullmatch(r"\s*(AKR_\w+)\s*=\s*(-?\d+)\s*", entry)
            if not match:
                raise HeaderError(f"enumerator not of the form NAME = number: {entry.strip()!r}")
            values[match.group(1)] = int(match.group(2))
    return values


def without_preprocessor(text):
    """Declarations alone, for parsers that know C but no preprocessor (LuaJIT, cffi)."""
    code = blank_comments(text)
    code = re.sub(r"#ifdef __cplusplus.*?#endif", "", code, flags=re.S)
    code = re.sub(r"^[ \t]*#.*(?:\\\n.*)*$", "", code, flags=re.M)
    return re.sub(r"\bAKR_API\b", "", code)


def map_symbols(text):
    """{node: [names]} of a version script that lists plain names."""
    nodes = {}
    for node, body in re.findall(r"^(AKR_[\d.]+)\s*\{(.*?)\}", text, re.S | re.M):
        exported = body.split("local:")[0].replace("global:", "")
        nodes[node] = [name for name in re.findall(r"([^\s;]+)\s*;", exported)]
    return nodes
