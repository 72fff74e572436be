"""Runs a project every night: freshness of the sources, then everything.

Airflow's retries go on where a failed build stopped, by `sqlbuild retry`; where nothing could run at all they begin anew.
Notifications come from sqlbuild (notifications.yml), so that people are told the same whoever started the run. The
connection's secrets are variables of the worker's environment, such as PGPASSWORD and DBT_ENV_SECRET_SLACK_WEBHOOK.
"""

from datetime import datetime, timedelta

from airflow import DAG

try:
    from airflow.providers.standard.operators.bash import BashOperator
except ImportError:  # Airflow 2
    from airflow.operators.bash import BashOperator

PROJECT = "/opt/warehouse"
TARGET = "postgres"

# Results that are there are those of the tries before: the first try has forgotten last night's.
BUILD = f"""
{{% if task_instance.try_number == 1 %}}rm -f target/run_results.json{{% endif %}}
if [ -f target/run_results.json ]; then
    sqlbuild retry --target {TARGET}
else
    sqlbuild build --target {TARGET}
fi
"""

with DAG(
    dag_id="sqlbuild",
    description="Builds the warehouse",
    schedule="30 2 * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=5), "execution_timeout": timedelta(hours=2)},
) as dag:
    packages = BashOperator(
        task_id="packages",
        bash_command="sqlbuild deps",
        cwd=PROJECT,
    )
    freshness = BashOperator(
        task_id="freshness",
        bash_command=f"sqlbuild source freshness --target {TARGET}",
        cwd=PROJECT,
    )
    build = BashOperator(
        task_id="build",
        bash_command=BUILD,
        cwd=PROJECT,
    )
    docs = BashOperator(
        task_id="docs",
        bash_command=f"sqlbuild docs generate --target {TARGET}",
        cwd=PROJECT,
    )

    packages >> freshness >> build >> docs
