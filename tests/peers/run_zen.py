"""Runs in the environment of the independent engine: `run_zen.py TASKS RESULTS`, both JSON.

TASKS: {"models": {name: model}, "tasks": [[name, facts], …]}; RESULTS: one result a task.
"""

import json
import sys

import zen


def main() -> None:
    tasks_path, results_path = sys.argv[1:]
    with open(tasks_path, encoding="utf-8") as file:
        given = json.load(file)
    engine = zen.ZenEngine()
    models = {name: engine.create_decision(zen.ZenDecisionContent(text)) for name, text in given["models"].items()}
    results = [models[name].evaluate(facts)["result"] for name, facts in given["tasks"]]
    with open(results_path, "w", encoding="utf-8") as file:
        json.dump(results, file)


if __name__ == "__main__":
    main()
