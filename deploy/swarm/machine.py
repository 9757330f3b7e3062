"""A separate Docker Engine for the test, and requests to it.

The engine runs in separate namespaces (network, mounts, processes). Its bridges, firewall rules, mounts and
containers disappear with them, however the test ends.
"""

import ctypes
import http.client
import json
import os
import resource
import signal
import socket
import subprocess
import threading
import time

CGROUP = "/eventstream-swarm"


class Failure(Exception):
    """An expectation was not met."""


def await_that(what, seconds, condition, pause=0.5):
    """Waits until the condition returns a true value, and returns it."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Failure(f"not reached within {seconds} s: {what}")
        time.sleep(pause)


class Machine:
    def __init__(self, work):
        self.work = work
        self.socket = f"unix://{work}/docker.sock"
        self.engine = None
        self.client = None

    # ---- the engine ----------------------------------------------------------------------------

    def start(self):
        # Allow its containers as many open files as this machine permits.
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        log = open(f"{self.work}/dockerd.log", "ab")
        self.engine = subprocess.Popen(
            ["dockerd", "--data-root", f"{self.work}/data", "--exec-root", f"{self.work}/exec",
             "--pidfile", f"{self.work}/docker.pid", "-H", self.socket, "--cgroup-parent", CGROUP],
            stdout=log, stderr=log)
        os.environ["DOCKER_HOST"] = self.socket
        self.client = "docker"
        await_that("the Docker Engine answers", 60, self.answers)

    def answers(self):
        if self.engine.poll() is not None:
            raise Failure(f"dockerd ended; see {self.work}/dockerd.log")
        return subprocess.run(["docker", "info"], capture_output=True).returncode == 0

    def stop(self):
        self.engine.send_signal(signal.SIGTERM)
        self.engine.wait(60)

    # ---- docker --------------------------------------------------------------------------------

    def docker(self, *arguments, check=True, stdin=None, environment=None):
        done = subprocess.run(["docker", *arguments], stdin=stdin, capture_output=True, text=True,
                              env={**os.environ, **(environment or {})})
        if check and done.returncode != 0:
            raise Failure(f"docker {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout.strip()

    def build(self, tag, context, *arguments):
        """Builds with BuildKit. Tries all clients on this machine, because not every client supports it."""
        errors = []
        for client in every_docker():
            done = subprocess.run([client, "build", "-q", "-t", tag, *arguments, context],
                                  capture_output=True, text=True,
                                  env={**os.environ, "DOCKER_BUILDKIT": "1"})
            if done.returncode == 0:
                return
            errors.append(f"{client}: {done.stderr.strip()}")
        raise Failure(f"{tag} cannot be built: " + "\n".join(errors))

    def containers(self, service):
        """Returns the ids of the running containers of a service."""
        return self.docker("ps", "-q", "--no-trunc", "-f",
                           f"label=com.docker.swarm.service.name={service}").split()

    def pid(self, container):
        return int(self.docker("inspect", "-f", "{{.State.Pid}}", container))

    def kill(self, containers):
        """Kills all containers at once, without a graceful shutdown."""
        self.docker("kill", "-s", "KILL", *containers, check=False)

    # ---- HTTP, from within a container's network -------------------------------------------------

    def http(self, container, port, method, path, body=None, timeout=60):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
        connection.sock = connect_within(self.pid(container), port, timeout)
        try:
            connection.request(method, path, body=None if body is None else json.dumps(body),
                               headers={"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()


def every_docker():
    seen = []
    for directory in os.environ["PATH"].split(os.pathsep):
        client = os.path.join(directory, "docker")
        if os.access(client, os.X_OK) and os.path.realpath(client) not in map(os.path.realpath, seen):
            seen.append(client)
    return seen


def connect_within(pid, port, timeout):
    """Connects to a port on the loopback interface in the network namespace of a process. A socket stays in the
    namespace in which it was created, so a temporary thread enters it and creates the socket."""
    made = []

    def go():
        try:
            with open(f"/proc/{pid}/ns/net") as network:
                if ctypes.CDLL(None, use_errno=True).setns(network.fileno(), 0x40000000) != 0:
                    raise OSError(ctypes.get_errno(), "setns")
            made.append(socket.create_connection(("127.0.0.1", port), timeout))
        except OSError as e:
            made.append(e)

    thread = threading.Thread(target=go)
    thread.start()
    thread.join()
    if isinstance(made[0], OSError):
        raise made[0]
    return made[0]
