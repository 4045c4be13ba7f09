#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs the Debian packages that are missing, or prints the line that would.
# usage: tools/setup.sh PACKAGE...
set -eu

missing=
for package in "$@"; do
	case "$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null || true)" in
	"install ok installed") ;;
	*) missing="$missing $package" ;;
	esac
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
	echo "featset needs packages that are not installed. Please run:" >&2
	echo "  sudo apt-get update && sudo apt-get install -y --no-install-recommends$missing" >&2
	exit 1
fi
echo "installing:$missing"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086
apt-get install -y -qq --no-install-recommends $missing >/dev/null
