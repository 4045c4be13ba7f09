#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Fills the features into the stub of the enumeration.

usage: stub.py _lazy.pyi features.def >_lazy.pyi
"""
import re
import sys

MARK = "    # one member for each row of features.def\n"
ROW = re.compile(r"^FEATURE\((\w+), \"[^\"]*\", (\d+), (\d+),", re.M)


def fill(stub, rows):
    members = ("    %s = %d\n" % (name, int(word) * 32 + int(bit)) for name, word, bit in ROW.findall(rows))
    return stub.replace(MARK, "".join(members))


if __name__ == "__main__":
    with open(sys.argv[1]) as stub_file, open(sys.argv[2]) as rows_file:
        sys.stdout.write(fill(stub_file.read(), rows_file.read()))
