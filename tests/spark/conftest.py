"""One Spark session for all tests of the Spark reading; without Java or pyspark they are skipped, and say so."""

from __future__ import annotations

import os

import pytest

from workbench.engine import spark
from workbench.errors import ProblemsFound

# Few rows and many plans: compiling them to machine code takes longer than running them.
QUICK = {
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.shuffle.partitions": "2",
    "spark.log.level": "ERROR",
}


@pytest.fixture(scope="session")
def session():
    try:
        found = spark.session("local[2]", **QUICK)
    except ProblemsFound as missing:
        if os.environ.get("WORKBENCH_REQUIRE_SPARK"):
            raise
        pytest.skip(str(missing.problems[0]))
    yield found
    found.stop()
