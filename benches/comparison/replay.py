"""Replays statements through a client that does nothing else: the floor that a run is measured against.

    replay.py JOB

JOB is a JSON file: the database (`{"duckdb": FILE}` or `{"postgres": NAME}`), `connections`, and `nodes`: each with an
`id`, the ids in `after` that must be done before it, and its `statements`. As many connections as asked for take the nodes
in the order of the graph. DuckDB is spoken to through its C library (that of DUCKDB_LIB_DIR, or the loader's), PostgreSQL
through psql, one for each connection.
"""
import ctypes
import ctypes.util
import json
import os
import subprocess
import sys
import threading


class DuckDB:
    """A database; each thread connects to it."""

    def __init__(self, file):
        place = os.environ.get("DUCKDB_LIB_DIR")
        name = "libduckdb.dylib" if sys.platform == "darwin" else "libduckdb.so"
        self.library = ctypes.CDLL(os.path.join(place, name) if place else ctypes.util.find_library("duckdb") or name)
        self.library.duckdb_result_error.restype = ctypes.c_char_p
        self.database = ctypes.c_void_p()
        if self.library.duckdb_open(file.encode(), ctypes.byref(self.database)):
            sys.exit(f"{file} cannot be opened")

    def connect(self):
        connection = ctypes.c_void_p()
        self.library.duckdb_connect(self.database, ctypes.byref(connection))

        def send(statements):
            for statement in statements:
                result = (ctypes.c_char * 256)()
                if self.library.duckdb_query(connection, statement.encode(), result):
                    raise RuntimeError(self.library.duckdb_result_error(result).decode(errors="replace"))
                self.library.duckdb_destroy_result(result)

        return send, lambda: self.library.duckdb_disconnect(ctypes.byref(connection))

    def close(self):
        self.library.duckdb_close(ctypes.byref(self.database))


class Postgres:
    """Sends what it is given to psql."""

    DONE = "@@done@@"

    def __init__(self, name):
        self.command = ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", name]

    def connect(self):
        client = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        client.stdin.write("set client_min_messages = error;\n")

        def send(statements):
            client.stdin.write("".join(self.line(statement) for statement in statements) + f"\\echo {self.DONE}\n")
            client.stdin.flush()
            for line in client.stdout:
                if line.startswith(self.DONE):
                    return
            raise RuntimeError(client.stderr.read())

        def close():
            client.stdin.close()
            client.wait()

        return send, close

    @staticmethod
    def line(statement):
        return statement + "\n" if statement.startswith("\\") else statement.rstrip().rstrip(";") + "\n;\n"

    def close(self):
        pass


def replay(database, nodes, connections):
    """Carries out the nodes, each after those it waits for; the first failure ends it."""
    changed = threading.Condition()
    waiting = {node["id"]: set(node["after"]) for node in nodes}
    readers, failures = {}, []
    for node in nodes:
        for parent in node["after"]:
            readers.setdefault(parent, []).append(node)
    ready = [node for node in reversed(nodes) if not node["after"]]
    left = len(nodes)

    def work():
        nonlocal left
        send, close = database.connect()
        while True:
            with changed:
                while not ready and left and not failures:
                    changed.wait()
                if not left or failures:
                    break
                node = ready.pop()
            try:
                send(node["statements"])
            except RuntimeError as error:
                failures.append(f"{node['id']}: {error}")
            with changed:
                left -= 1
                for reader in readers.get(node["id"], []):
                    waiting[reader["id"]].discard(node["id"])
                    if not waiting[reader["id"]]:
                        ready.append(reader)
                changed.notify_all()
        close()

    threads = [threading.Thread(target=work) for _ in range(connections)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    if failures:
        sys.exit(failures[0])


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        job = json.load(file)
    kind, name = next(iter(job["database"].items()))
    database = {"duckdb": DuckDB, "postgres": Postgres}[kind](name)
    replay(database, job["nodes"], job["connections"])
    database.close()


if __name__ == "__main__":
    main()
