#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Every relative link of the pages below FOLDER leads to a file, and to a heading or mark of it where it names one.

links.py FOLDER [FOLDER ...]     a FOLDER may also be a page"""
import os
import re
import sys

CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.M | re.S)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def pages(folder):
    if os.path.isfile(folder):
        return [folder]
    return sorted(os.path.join(at, name) for at, _, names in os.walk(folder) for name in names if name.endswith(".md"))


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def anchors(path):
    """What a #fragment may name, by GitHub's rule for headings."""
    text = re.sub(r"^```.*?^```$", "", read(path), flags=re.M | re.S)
    found = set(re.findall(r'<a id="([^"]+)">', text))
    for heading in re.findall(r"^#+ +(.+?) *$", text, re.M):
        found.add(re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-"))
    return found


def broken(page):
    # Code shows links, it has none; but `name` in the text of a link is no reason not to follow it.
    text = CODE.sub(lambda code: "" if code[0].startswith("```") else "code", read(page))
    links = LINK.findall(text)
    for link in links:
        if re.match(r"[a-z]+:", link):
            continue
        name, _, fragment = link.partition("#")
        target = os.path.normpath(os.path.join(os.path.dirname(page), name)) if name else page
        if not os.path.exists(target):
            yield f"{page}: {link}: there is no such file"
        elif fragment and fragment not in anchors(target):
            yield f"{page}: {link}: there is no such heading"


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    listed = [page for folder in sys.argv[1:] for page in pages(folder)]
    wrong = [line for page in listed for line in broken(page)]
    for line in wrong:
        print(line)
    print(f"{len(listed)} pages looked at")
    sys.exit(1 if wrong or not listed else 0)


main()
