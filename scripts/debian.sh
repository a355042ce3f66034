#!/usr/bin/env bash
# debian.sh NAME PACKAGE TESTS: installs a package of Debian that some tests need, where that is allowed.
# Never fails: without it those tests are skipped, and say so.
set -uo pipefail
name=$1 package=$2 tests=$3

install() { "$@" apt-get update -qq && "$@" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$package"; }
log=$(mktemp)
trap 'rm -f "$log"' EXIT
failed() { tail -n 5 "$log"; echo "$name could not be installed: $tests will be skipped."; }

if ! command -v apt-get >/dev/null; then
  echo "No $name here, and no apt-get to install it with: $tests will be skipped."
elif [ "$(id -u)" = 0 ]; then
  echo "Installing $name for $tests ..."
  install >"$log" 2>&1 || failed
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
  echo "Installing $name for $tests (sudo) ..."
  install sudo >"$log" 2>&1 || failed
else
  echo "No $name here, and no right to install it ('apt-get install $package' as root): $tests will be skipped."
fi
exit 0
