# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# The catalog's models against the installed QEMU and libvirt.

FEATSET=$BUILD/featset step hypervisors "$PYTHON" -m pytest -q -rs -p no:cacheprovider tests/hypervisors.py
