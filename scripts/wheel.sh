#!/usr/bin/env bash
# Build the wheel, install it without extras in a fresh environment, and use it there: version, check, one decision.
# FLOORS=1 installs the oldest versions that pyproject.toml allows. PYTHON names another interpreter.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

work=$(mktemp -d)
rm -rf build  # what an earlier build left would be packed again
trap 'rm -rf "$work" build' EXIT
.venv/bin/python -m build --quiet --wheel --no-isolation --outdir "$work/dist" . >"$work/build.log" 2>&1 \
  || { cat "$work/build.log"; exit 1; }
"${PYTHON:-.venv/bin/python}" -m venv "$work/env"
wheel=("$work"/dist/*.whl)
if [ -n "${FLOORS:-}" ]; then
  .venv/bin/uv pip install --quiet --python "$work/env/bin/python" --resolution lowest-direct "${wheel[0]}"
else
  .venv/bin/uv pip install --quiet --python "$work/env/bin/python" "${wheel[0]}" \
    || "$work/env/bin/python" -m pip install --quiet "${wheel[0]}"
fi

cp -R guidelines "$work/guidelines"
cd "$work"
printf 'request_id: one\nreceived_on: 2026-02-01\ndiscipline: PT\nevaluation_only: true\n' >one.yaml
unset PYTHONPATH
env/bin/workbench --version
env/bin/workbench check guidelines >/dev/null
env/bin/workbench decide one.yaml --json >one.json
env/bin/python - <<'END'
import json

from importlib.util import find_spec

import workbench

found = [name for name in ("pandas", "jupyterlab", "matplotlib", "z3", "ortools", "pyspark") if find_spec(name)]
assert not found, f"installed without extras, but there: {found}"
record = json.load(open("one.json"))
record = record.get("record", record)
assert record["determination"] == "not_required", record
END
echo "the wheel, installed bare, decides: $(basename "${wheel[0]}")"
