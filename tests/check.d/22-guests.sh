# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# What a guest sees of the policies for QEMU, emulated, and what libvirt makes of those for it.

BUILD=$BUILD FEATSET=$BUILD/featset step guests "$PYTHON" -m pytest -q -rs -p no:cacheprovider tests/guests.py
BUILD=$BUILD FEATSET=$BUILD/featset step libvirt-policies "$PYTHON" -m pytest -q -rs -p no:cacheprovider \
	tests/libvirt_policies.py
