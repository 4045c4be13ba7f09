# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# What a guest sees of the policies for QEMU, emulated.

BUILD=$BUILD FEATSET=$BUILD/featset step guests "$PYTHON" -m pytest -q -rs -p no:cacheprovider tests/guests.py
