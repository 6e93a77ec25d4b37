"""The journey as a DAG of Airflow 3 with astronomer-cosmos. Copy it to the folder of your DAGs.

The worker needs a checkout with its `.venv` at JOURNEY_ROOT, and PG* in its environment.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG
from cosmos import DbtBuildLocalOperator, ProfileConfig
from cosmos.constants import InvocationMode

ROOT = Path(os.environ.get("JOURNEY_ROOT", "/srv/wellness-journey"))

with DAG(
    dag_id="wellness_journey",
    schedule="15 5 * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    # A second run would find the first one's lock and leave with 2.
    max_active_runs=1,
    default_args={"retries": 1, "retry_delay": timedelta(minutes=10)},
) as dag:
    # One task, not one a model: each call of dbt is a run in quality.runs, and a run is what the
    # cross-checks, the score and the history are of.
    build = DbtBuildLocalOperator(
        task_id="build",
        project_dir=ROOT,
        profile_config=ProfileConfig(
            profile_name="wellness_journey",
            target_name="default",
            profiles_yml_filepath=ROOT / "profiles.yml",
        ),
        dbt_executable_path=str(ROOT / ".venv" / "bin" / "dbt"),
        invocation_mode=InvocationMode.SUBPROCESS,
        install_deps=False,
        append_env=True,
    )
    # Suites, column policy, scan, and the report of the run; also of one that did not build.
    check = BashOperator(
        task_id="check",
        bash_command=".venv/bin/journey check",
        cwd=str(ROOT),
        append_env=True,
        trigger_rule="all_done",
        retries=0,  # the data would still be what they are
    )
    # Airflow judges a run by its last tasks: without this one, a failed build could look green.
    done = EmptyOperator(task_id="done", trigger_rule="all_success")
    build >> check
    [build, check] >> done
