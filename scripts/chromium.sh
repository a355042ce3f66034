#!/usr/bin/env bash
# Makes sure that there is a Chromium for the browser tests: finds one, or installs Debian's where that is allowed.
# Never fails: without a browser those tests are skipped, and say so.
set -uo pipefail

for name in chromium chromium-browser google-chrome; do
  if command -v "$name" >/dev/null; then exit 0; fi
done

install() { "$@" apt-get update -qq && "$@" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium; }
log=$(mktemp)
trap 'rm -f "$log"' EXIT

if ! command -v apt-get >/dev/null; then
  echo "No Chromium here, and no apt-get to install it with: the browser tests will be skipped."
elif [ "$(id -u)" = 0 ]; then
  echo "Installing Chromium for the browser tests ..."
  install >"$log" 2>&1 || { tail -n 5 "$log"; echo "Chromium could not be installed: the browser tests will be skipped."; }
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
  echo "Installing Chromium for the browser tests (sudo) ..."
  install sudo >"$log" 2>&1 || { tail -n 5 "$log"; echo "Chromium could not be installed: the browser tests will be skipped."; }
else
  echo "No Chromium here, and no right to install it ('apt-get install chromium' as root): the browser tests will be skipped."
fi
exit 0
