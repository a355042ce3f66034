#!/usr/bin/env bash
# Makes sure that there is a Chromium for the browser tests: finds one, or installs Debian's where that is allowed.
set -uo pipefail

for name in chromium chromium-browser google-chrome; do
  if command -v "$name" >/dev/null; then exit 0; fi
done
exec "$(dirname "$0")/debian.sh" Chromium chromium "the browser tests"
