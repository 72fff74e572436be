"""A program under measurement, with a copy of the project and a database of its own."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

# What is called, and what the database holds before: nothing but what the project reads, its seeds, all of it.
VERBS = {
    "parse": ("parse", None),
    "again": ("parse", None),
    "list": ("list", None),
    "compile": ("compile", "raw"),
    "seed": ("seed", "raw"),
    "run": ("run", "seeded"),
    "rerun": ("run", "built"),
    "test": ("test", "built"),
    "build": ("build", "raw"),
}
REPLAY = Path(__file__).with_name("replay.py")
# dbt's name for a log of everything, in a file that never gets too long.
LOGGED = ["--log-format-file", "json", "--log-level-file", "debug", "--log-file-max-bytes", "0"]


class Program:
    def __init__(self, name, command, project, tables, place, target, threads):
        self.name, self.command, self.place = name, command, place
        self.target, self.tables, self.threads = target, tables, threads
        shutil.copytree(project, place)
        self.database = "sqlbuild_bench_" + re.sub(r"\W", "_", name).lower()
        self.file = place / "bench.duckdb"
        self.environment = {**os.environ, "DBT_PROFILES_DIR": str(place), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
        (place / "profiles.yml").write_text(json.dumps({"bench": {"target": "bench", "outputs": {"bench": self.output()}}}))
        self.saved = set()

    def output(self):
        if self.target == "duckdb":
            return {"type": "duckdb", "path": str(self.file), "schema": "bench", "threads": self.threads}
        given = os.environ.get
        return {
            "type": "postgres", "host": given("PGHOST", "127.0.0.1"), "port": int(given("PGPORT", "5432")),
            "user": given("PGUSER", "postgres"), "password": given("PGPASSWORD", ""), "dbname": self.database,
            "schema": "bench", "threads": self.threads,
        }

    def measure(self, command):
        """Seconds on the clock, seconds of CPU, seconds of the server's, megabytes at the peak."""
        server, start = ServerTime(self), time.perf_counter()
        with open(self.place / "output.txt", "wb") as output:
            process = subprocess.Popen(
                command, cwd=self.place, env=self.environment, stdout=output, stderr=subprocess.STDOUT
            )
            _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        if status:
            said = (self.place / "output.txt").read_text(errors="replace")[-2000:]
            sys.exit(f"{' '.join(map(str, command))} failed:\n{said}")
        megabytes = usage.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
        return wall, usage.ru_utime + usage.ru_stime, server.passed(), megabytes

    def time(self, verb):
        """One call."""
        word, state = VERBS[verb]
        if state:
            self.prepare(state)
        if verb == "parse":
            shutil.rmtree(self.place / "target", ignore_errors=True)
        return self.measure([self.command, word])

    # ------------------------------------------------------------ what the database holds

    def prepare(self, state):
        if state not in self.saved:
            if state == "raw":
                self.empty()
                self.replay([{"id": "tables", "after": [], "statements": self.tables}], 1)
            else:
                self.prepare({"seeded": "raw", "built": "seeded"}[state])
                self.measure([self.command, {"seeded": "seed", "built": "run"}[state]])
            self.save(state)
        self.restore(state)

    def empty(self):
        if self.target == "postgres":
            psql("postgres", f"drop database if exists {self.database} with (force)")
            psql("postgres", f"create database {self.database}")
        else:
            [file.unlink() for file in (self.file, self.file.with_suffix(".duckdb.wal")) if file.exists()]

    def save(self, state):
        self.saved.add(state)
        if self.target == "postgres":
            psql("postgres", f"drop database if exists {self.database}_{state} with (force)")
            psql("postgres", f"create database {self.database}_{state} template {self.database}")
        elif self.file.exists():
            shutil.copyfile(self.file, self.file.with_suffix(f".{state}"))

    def restore(self, state):
        self.empty()
        if self.target == "postgres":
            psql("postgres", f"drop database {self.database}")
            psql("postgres", f"create database {self.database} template {self.database}_{state}")
        elif self.file.with_suffix(f".{state}").exists():
            shutil.copyfile(self.file.with_suffix(f".{state}"), self.file)

    def drop(self):
        if self.target == "postgres":
            for name in [self.database, *(f"{self.database}_{state}" for state in self.saved)]:
                psql("postgres", f"drop database if exists {name} with (force)")

    # ------------------------------------------------------------ the SQL alone

    def replay(self, nodes, connections):
        name = str(self.file) if self.target == "duckdb" else self.database
        job = {"database": {self.target: name}, "connections": connections, "nodes": nodes}
        (self.place / "job.json").write_text(json.dumps(job))
        return self.measure([sys.executable, str(REPLAY), str(self.place / "job.json")])

    def floor(self, verb, nodes):
        """The statements of a call, by a client that does nothing else."""
        self.prepare(VERBS[verb][1])
        return self.replay(nodes, self.threads)

    def recorded(self, verb):
        """What a call sends, by node: as it is, and with one statement for each model. What it asks the catalog on its
        own account is left out."""
        self.prepare(VERBS[verb][1])
        shutil.rmtree(self.place / "logs", ignore_errors=True)
        self.measure([self.command, *LOGGED, VERBS[verb][0]])
        manifest = json.loads((self.place / "target/manifest.json").read_text())["nodes"]
        sent, schemas = {}, []
        for log in (self.place / "logs").iterdir():
            for line in log.read_text().splitlines():
                event = json.loads(line)
                if event["info"]["name"] != "SQLQuery":
                    continue
                sql, node = event["data"]["sql"], (event["data"].get("node_info") or {}).get("unique_id")
                if node:
                    sent.setdefault(node, []).append(self.as_sql(sql, manifest[node]))
                elif re.search(r"\bcreate schema\b", sql, re.IGNORECASE):
                    schemas.append(sql)
        first = {"id": "schemas", "after": [], "statements": schemas}
        after = {node: ["schemas", *ancestors(node, manifest, sent)] for node in sent}
        whole = [{"id": node, "after": after[node], "statements": sent[node]} for node in sent]
        least = [{**node, "statements": least_of(manifest[node["id"]], node["statements"])} for node in whole]
        return [first, *whole], [first, *least]

    def as_sql(self, sql, node):
        """A seed's rows do not go through a statement of text: they are copied from the file."""
        if not sql.startswith("-- loads the seed"):
            return sql
        file, relation = self.place / node["original_file_path"], node["relation_name"]
        if self.target == "duckdb":
            return f"copy {relation} from '{file}' (header)"
        return f"\\copy {relation.split('.', 1)[1]} from '{file}' with (format csv, header true)"


def ancestors(node, manifest, sent):
    """The nearest ones that send something."""
    found = []
    for parent in manifest[node]["depends_on"].get("nodes", []):
        if parent in sent:
            found.append(parent)
        elif parent in manifest:
            found += ancestors(parent, manifest, sent)
    return found


def least_of(node, statements):
    if node["resource_type"] != "model":
        return statements
    kind = "view" if node["config"]["materialized"] == "view" else "table"
    return [f"create {kind} {node['relation_name']} as (\n{node['compiled_code']}\n)"]


class ServerTime:
    """The CPU that PostgreSQL's processes use, where the server runs on this machine and says which process it is."""

    def __init__(self, program):
        self.name = program.database if program.target == "postgres" else None
        self.before = self.now()

    def now(self):
        if not self.name:
            return None
        try:
            process = psql("postgres", "select split_part(pg_read_file('postmaster.pid'), chr(10), 1)").strip()
            # A process counts when it has ended.
            active = f"select count(*) from pg_stat_activity where datname = '{self.name}'"
            for _ in range(100):
                if psql("postgres", active).strip() == "0":
                    break
                time.sleep(0.1)
            time.sleep(0.3)
            fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
            return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")
        except (OSError, subprocess.CalledProcessError):
            return None

    def passed(self):
        now = self.now()
        return now - self.before if now and self.before else 0.0


def psql(database, sql):
    command = ["psql", "-XqAtc", sql, database]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
