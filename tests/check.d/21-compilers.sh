# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# The catalog against the installed compilers, and a row added to a copy of the tree.

FEATSET=$BUILD/featset step compilers "$PYTHON" -m pytest -q -rs -p no:cacheprovider tests/compilers.py
step one-line-each tests/one_line.sh
