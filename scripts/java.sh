#!/usr/bin/env bash
# Makes sure that there is a Java for Spark: finds one, or installs Debian's where that is allowed.
set -uo pipefail

if [ -n "${JAVA_HOME:-}" ] && [ -x "$JAVA_HOME/bin/java" ] || command -v java >/dev/null; then exit 0; fi
exec "$(dirname "$0")/debian.sh" Java openjdk-17-jre-headless "the tests of Spark"
