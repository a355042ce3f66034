"""A real Spark cluster on loopback, a master and two workers, one of which is killed while it runs tasks. The replay
must end, complete and equal to that of the columnar reading; the event log must show tasks that were lost.

    python scripts/spark_cluster.py [REQUESTS] [as_recorded|carried_forward]
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import polars as pl
import pyspark

from workbench.engine import spark
from workbench.engine.setting import setting
from workbench.generator.generate import generate_to
from workbench.guideline.load import load_guidelines
from workbench.study.decision_file import replay_to
from workbench.study.spark_replay import replay_folder

HOME = Path(pyspark.__file__).parent
LOCAL = "127.0.0.1"
QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


def main() -> int:
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else 4_000
    mode = sys.argv[2] if len(sys.argv) > 2 else "as_recorded"
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        started: list[subprocess.Popen[bytes]] = []
        try:
            return run(root, requests, mode, started)
        finally:
            for process in started:
                end(process)


def run(root: Path, requests: int, mode: str, started: list[subprocess.Popen[bytes]]) -> int:
    library = load_guidelines("guidelines")
    chosen = setting(library)
    cases = root / "cases"
    cases.mkdir()
    for i in range(4):  # several files, so that there are several tasks
        generate_to(cases / f"part-{i}.parquet", requests // 4, i + 1, library)
        renamed(cases / f"part-{i}.parquet", i)
    port = free()
    started.append(begin(root, "deploy.master.Master", "--host", LOCAL, "--port", str(port), "--webui-port", "0"))
    url = f"spark://{LOCAL}:{port}"
    for i in range(2):
        work = (
            "--host",
            LOCAL,
            "--webui-port",
            "0",
            "--cores",
            "1",
            "--memory",
            "1g",
            "--work-dir",
            str(root / f"w{i}"),
        )
        started.append(begin(root, "deploy.worker.Worker", *work, url))
    events = root / "events"
    events.mkdir()
    session = spark.session(
        url,
        **{
            "spark.driver.bindAddress": LOCAL,
            "spark.driver.host": LOCAL,
            "spark.driver.memory": "1g",
            "spark.executor.memory": "800m",
            "spark.eventLog.enabled": "true",
            "spark.eventLog.dir": events.as_uri(),
            "spark.eventLog.rolling.enabled": "false",
            "spark.eventLog.compress": "false",
            "spark.sql.shuffle.partitions": "4",
            # Few rows: compiling their plan to machine code takes longer than running it.
            "spark.sql.codegen.factoryMode": "NO_CODEGEN",
            "spark.driver.extraJavaOptions": QUICK,
            "spark.executor.extraJavaOptions": QUICK,
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.log.level": "ERROR",
            "spark.executorEnv.PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
        },
    )
    killed: list[str] = []
    watch = threading.Thread(target=kill_one, args=(session, started[1], killed), daemon=True)
    watch.start()
    about, counts = replay_folder(cases, root / "out", chosen, url, mode=mode)
    session.stop()
    print(f"{about.requests:,} requests decided by {about.engine}, {mode}: {counts}")
    lost = lost_tasks(events)
    print(*(killed or ["no worker was killed"]), *lost, sep="\n")
    whole = root / "whole.parquet"
    pl.read_parquet(cases / "*.parquet").write_parquet(whole)
    same = equal(replayed(whole, root, chosen, mode), pl.read_parquet(root / "out" / "*.parquet"))
    print("complete and equal to the columnar reading" if same else "NOT equal to the columnar reading")
    return 0 if same and killed and lost else 1


def renamed(path: Path, number: int) -> None:
    """Ids that no other file has; the mark of checked cases stays."""
    from workbench.cases.case_file import Writer
    from workbench.cases.frame import SCHEMA

    frame = pl.read_parquet(path).select(*SCHEMA)
    ids = (pl.format("{}-{}", pl.lit(number), n).alias(n) for n in ("request_id", "member_id", "episode_id"))
    with Writer(path) as writer:
        writer.write(frame.with_columns(ids))


def free() -> int:
    with socket.socket() as one:
        one.bind((LOCAL, 0))
        return int(one.getsockname()[1])


def begin(root: Path, name: str, *words: str) -> subprocess.Popen[bytes]:
    """A part of the cluster, in a process group of its own: its executors go with it."""
    log = (root / f"{name.split('.')[-1]}-{len(list(root.glob('*.log')))}.log").open("wb")
    call = [str(HOME / "bin" / "spark-class"), f"org.apache.spark.{name}", *words]
    own = {**os.environ, "SPARK_HOME": str(HOME), "SPARK_LOCAL_IP": LOCAL, "SPARK_DAEMON_MEMORY": "256m"}
    return subprocess.Popen(call, env=own, stdout=log, stderr=log, start_new_session=True)


def end(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def kill_one(session: object, worker: subprocess.Popen[bytes], killed: list[str]) -> None:
    """Kill a worker and its executor as soon as every executor runs a task."""
    tracker = session.sparkContext._jsc.sc().statusTracker()  # type: ignore[attr-defined]
    for _ in range(6000):
        time.sleep(0.05)
        running = [e.numRunningTasks() for e in tracker.getExecutorInfos()]
        executors = len(running) - 1  # the driver is among them
        if executors == 2 and sum(n > 0 for n in running) == 2:
            end(worker)
            killed.append(f"a worker was killed while {sum(running)} tasks ran on {executors} executors")
            return


def lost_tasks(events: Path) -> list[str]:
    """What the event log says of lost executors and tasks."""
    out = []
    for path in events.iterdir():
        for line in path.read_text(encoding="utf-8").splitlines():
            event = json.loads(line)
            if event["Event"] == "SparkListenerExecutorRemoved":
                out.append(
                    f"event log: executor {event['Executor ID']} removed: {event['Removed Reason'].splitlines()[0]}"
                )
            reason = event.get("Task End Reason", {}).get("Reason")
            if reason not in (None, "Success"):
                out.append(f"event log: task {event['Task Info']['Task ID']} of stage {event['Stage ID']}: {reason}")
    return out


def replayed(cases: Path, root: Path, chosen: object, mode: str) -> pl.DataFrame:
    from workbench.cases.case_file import Writer

    frame = pl.read_parquet(cases)
    with Writer(cases) as writer:
        writer.write(frame)
    replay_to(cases, root / "here.parquet", chosen, mode=mode)  # type: ignore[arg-type]
    return pl.read_parquet(root / "here.parquet")


def equal(one: pl.DataFrame, other: pl.DataFrame) -> bool:
    names = [c for c in one.columns if c != "engine"]
    a, b = (f.sort("request_id").select(names) for f in (one, other))
    return a.equals(b.cast(a.schema))


if __name__ == "__main__":
    sys.exit(main())
