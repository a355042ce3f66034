"""How much the property tests generate: 100 examples each, or WORKBENCH_FUZZ of them in `make fuzz`."""
from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# A deadline for one example would fail on a busy machine; in CI the same examples come every time.
settings.register_profile("workbench", deadline=None, derandomize=bool(os.environ.get("CI")),
                          suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("fuzz", settings.get_profile("workbench"),
                          max_examples=int(os.environ.get("WORKBENCH_FUZZ", "2000")))
settings.load_profile("workbench")
