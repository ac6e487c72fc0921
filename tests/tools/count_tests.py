#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Counts a ctest report: first line "passed failed skipped", then a line for each test that failed or was skipped.
count_tests.py JUNIT.xml"""
import sys
import xml.etree.ElementTree as tree


def main():
    passed, lines, failed, skipped = 0, [], 0, 0
    for case in tree.parse(sys.argv[1]).getroot().iter("testcase"):
        status, name = case.get("status"), case.get("name")
        if status == "run":
            passed += 1
            continue
        output = [line.strip() for line in (case.findtext("system-out") or "").splitlines() if line.strip()]
        reason = next((line for line in output if line.startswith("skipped:")), output[-1] if output else "no output")
        if status in ("notrun", "disabled"):
            skipped += 1
            lines.append(f"  skipped: {name}: {reason.removeprefix('skipped: ')}")
        else:
            failed += 1
            lines.append(f"  failed: {name}")
    if passed + failed + skipped == 0:
        sys.exit("no tests in the report")
    print(passed, failed, skipped)
    print("\n".join(lines), end="\n" if lines else "")


main()
