#!/usr/bin/env bash
# Makes sure that there is a Java for Spark: finds one, or installs Debian's where that is allowed.
# Never fails: without Java the tests of Spark are skipped, and say so.
set -uo pipefail

if [ -n "${JAVA_HOME:-}" ] && [ -x "$JAVA_HOME/bin/java" ] || command -v java >/dev/null; then exit 0; fi

install() { "$@" apt-get update -qq && "$@" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq openjdk-17-jre-headless; }
log=$(mktemp)
trap 'rm -f "$log"' EXIT

if ! command -v apt-get >/dev/null; then
  echo "No Java here, and no apt-get to install it with: the tests of Spark will be skipped."
elif [ "$(id -u)" = 0 ]; then
  echo "Installing Java for the tests of Spark ..."
  install >"$log" 2>&1 || { tail -n 5 "$log"; echo "Java could not be installed: the tests of Spark will be skipped."; }
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
  echo "Installing Java for the tests of Spark (sudo) ..."
  install sudo >"$log" 2>&1 || { tail -n 5 "$log"; echo "Java could not be installed: the tests of Spark will be skipped."; }
else
  echo "No Java here, and no right to install it ('apt-get install openjdk-17-jre-headless' as root): the tests of Spark will be skipped."
fi
exit 0
