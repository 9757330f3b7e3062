"""Tests the stack in a real swarm: stops components under load and records what the clients observe. Runs in
the namespaces that deploy/swarm-test creates."""

import collections
import http.client
import json
import os
import re
import ssl
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from load import Load
from machine import Failure, Machine, await_that

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
STACK = "eventstream"
ENGINES = ["elasticsearch", "elasticsearch-2", "elasticsearch-3"]
SERVER, NGINX, ENGINE, BASE = "eventstream-server", "eventstream-nginx", "eventstream-engine", "swarm-test-base"
PORT = 8080


def say(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


class Campaign:
    def __init__(self, cache, work, seconds):
        self.machine = Machine(work)
        self.docker = self.machine.docker
        self.cache = cache
        self.seconds = seconds  # seconds of load before and after each step
        self.variables = {
            "SERVER_IMAGE": f"{SERVER}:1",
            "NGINX_IMAGE": f"{NGINX}:1",
            "ELASTICSEARCH_IMAGE": f"{ENGINE}:1",
            "ELASTICSEARCH_HEAP": "256m",
            "GUNICORN_WORKERS": "4",
            "HTTP_PORT": str(PORT),
        }
        self.load = Load(PORT)
        self.steps = []
        self.facts = []
        self.retried = 0  # requests that nginx sent to another server

    # ---- set-up ----------------------------------------------------------------------------------

    def set_up(self):
        say("starting a Docker Engine")
        self.machine.start()
        say("importing the base image")
        with open(f"{self.cache}/base.tar", "rb") as base:
            self.docker("import", "-", BASE, stdin=base)
        say("building the images")
        self.build_server("1", "--build-arg", "VERSION=1")
        self.build_server("2", "--build-arg", "VERSION=2")
        self.machine.build(f"{NGINX}:1", ROOT, "-f", f"{ROOT}/deploy/nginx/Dockerfile",
                           "--build-arg", f"NGINX_IMAGE={BASE}")
        self.machine.build(f"{NGINX}:2", ROOT, "-f", f"{ROOT}/deploy/nginx/Dockerfile",
                           "--build-arg", f"NGINX_IMAGE={BASE}", "--build-arg", "VERSION=2")
        self.machine.build(f"{ENGINE}:1", f"{self.cache}/engine", "-f", f"{ROOT}/deploy/swarm/engine.Dockerfile",
                           "--build-arg", f"BASE={BASE}")
        # An image that never starts
        broken = f"{self.machine.work}/broken"
        os.makedirs(broken, exist_ok=True)
        with open(f"{broken}/Dockerfile", "w") as file:
            file.write(f'FROM {SERVER}:2\nCMD ["serve", "--no-such-setting=1"]\n')
        self.machine.build(f"{SERVER}:broken", broken)
        self.docker("swarm", "init", "--advertise-addr", "127.0.0.1")

    def build_server(self, tag, *arguments):
        self.machine.build(f"{SERVER}:{tag}", ROOT, "-f", f"{ROOT}/deploy/server/Dockerfile",
                           "--build-arg", "JARS=prebuilt", "--build-arg", f"BUILD_IMAGE={BASE}",
                           "--build-arg", f"RUNTIME_IMAGE={BASE}", *arguments)

    def measure(self):
        """Measures size, memory and startup time of the images, for docs/operations.md."""
        def size(image):
            return int(self.docker("image", "inspect", "-f", "{{.Size}}", image)) / 1e6

        self.facts.append(f"image of the server without its base: {size(SERVER + ':1') - size(BASE):.0f} MB")
        self.facts.append(f"image of nginx without its base: {size(NGINX + ':1') - size(BASE):.1f} MB")
        starts = []
        for _ in range(5):
            began = time.monotonic()
            container = self.docker("run", "-d", "--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL",
                                    "--memory", "512m", "-v", "/var/lib/eventstream/spool", f"{SERVER}:1")
            await_that("the server is ready", 30,
                       lambda: "eventstream is ready" in self.docker("logs", container), 0.02)
            starts.append(time.monotonic() - began)
            if len(starts) == 1:
                began = time.monotonic()
                for _ in range(10):
                    self.docker("exec", container, "eventstream", "health")
                with_java = time.monotonic() - began
                began = time.monotonic()
                for _ in range(10):
                    self.docker("exec", container, "true")
                self.facts.append("health check, without the time of docker exec itself: "
                                  f"{(with_java - (time.monotonic() - began)) * 100:.0f} ms")
                self.facts.append(f"memory of the server after its start: {self.resident(container):.0f} MB")
            self.docker("rm", "-f", "-v", container)
        self.facts.append("from docker run to ready: "
                          f"{sorted(starts)[2]:.2f} s (median of 5, {min(starts):.2f} to {max(starts):.2f})")

    def resident(self, container):
        with open(f"/proc/{self.machine.pid(container)}/status") as status:
            return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1]) / 1024

    # ---- the stack -------------------------------------------------------------------------------

    def deploy(self, *overrides, **variables):
        self.variables.update(variables)
        files = [f"{ROOT}/docker-compose.yml", *(f"{ROOT}/deploy/compose/{name}.yml" for name in overrides)]
        self.docker("stack", "deploy", "--resolve-image", "never", *(a for file in files for a in ("-c", file)), STACK,
                    environment=self.variables)

    def remove(self):
        self.docker("stack", "rm", STACK)
        await_that("the stack is gone", 120, lambda: not self.docker("ps", "-aq", "-f", "status=running")
                   and not self.docker("network", "ls", "-q", "-f", f"label=com.docker.stack.namespace={STACK}"))

    def scale(self, **replicas):
        self.docker("service", "scale", "-d", *(f"{STACK}_{name.replace('_', '-')}={number}"
                                                 for name, number in replicas.items()))

    def scale_engines(self, number):
        self.docker("service", "scale", "-d", *(f"{STACK}_{name}={number}" for name in ENGINES))

    def tasks(self, service):
        return self.machine.containers(f"{STACK}_{service}")

    def task_of_slot(self, service, slot):
        return self.docker("ps", "-q", "--no-trunc", "-f", f"name={STACK}_{service}.{slot}.").split()

    def engines(self):
        return [container for name in ENGINES for container in self.tasks(name)]

    def ask_engine(self, method, path, body=None):
        for container in self.engines():
            try:
                status, _, answer = self.machine.http(container, 9200, method, path, body)
                if status < 300:
                    return json.loads(answer)
            except OSError:
                continue
        return None

    def master(self):
        """Returns the container of the elected node."""
        elected = self.ask_engine("GET", "/_cat/master?format=json")[0]["node"]
        return self.tasks(elected)[0]

    def complete(self):
        """Returns whether every service has exactly the desired number of tasks, all of them healthy."""
        for line in self.docker("service", "ls", "--format", "{{.Name}} {{.Replicas}}").splitlines():
            name, wanted = re.match(r"(\S+) \d+/(\d+)", line).groups()
            healthy = self.docker("ps", "-q", "-f", f"label=com.docker.swarm.service.name={name}", "-f", "health=healthy")
            if len(healthy.split()) != int(wanted) or len(self.machine.containers(name)) != int(wanted):
                return False
        return True

    def well(self):
        """Returns whether the stack is complete and the cluster has all nodes and accepts documents."""
        if not self.complete():
            return False
        health = self.ask_engine("GET", "/_cluster/health")
        return health and health["number_of_nodes"] == 3 and health["status"] != "red"

    def await_well(self):
        await_that("all is well", 180, self.well)
        if self.load.is_alive():
            since = time.monotonic()
            await_that("events are indexed at once", 120, lambda: self.load.indexed_since(since))

    def delivered(self):
        """Returns whether no documents wait, according to the metrics of the tasks, which are cheap to read."""
        for task in self.tasks("transform"):
            try:
                _, _, metrics = self.machine.http(task, 8081, "GET", "/metrics")
            except (OSError, http.client.HTTPException):
                return False
            if float(re.search(r"^eventstream_spool_documents (\S+)", metrics.decode(), re.M)[1]):
                return False
        return True

    def volumes(self):
        """Returns the volumes of the spools by slot."""
        names = self.docker("volume", "ls", "-q", "-f", f"name={STACK}-spool-").split()
        return {name.rsplit("-", 1)[1]: name for name in names}

    def waiting(self):
        """Returns the number of documents in the spool of each slot, read with the operator's command."""
        volumes = self.volumes()
        mounts = [argument for slot, name in volumes.items() for argument in ("-v", f"{name}:/spools/{slot}:ro")]
        script = 'for spool in /spools/*; do echo "$spool"; eventstream spool ls "$spool" || true; done'
        said = self.docker("run", "--rm", "--user", "10001:10001", *mounts, "--entrypoint", "sh", f"{SERVER}:1",
                           "-c", script)
        waiting = {slot: 0 for slot in volumes}
        slot = None
        for line in said.splitlines():
            if match := re.match(r"/spools/(\w+)$", line):
                slot = match[1]
            elif match := re.match(r"\s+waiting\s+([\d,]+) documents", line):
                waiting[slot] += int(match[1].replace(",", ""))
        return waiting

    # ---- steps ----------------------------------------------------------------------------------

    def step(self, name, action, settle=None):
        say(f"step: {name}")
        time.sleep(self.seconds)
        step = {"name": name, "began": time.monotonic()}
        self.steps.append(step)
        step["note"] = action() or ""
        (settle or self.await_well)()
        step["well"] = time.monotonic() - step["began"]
        time.sleep(self.seconds)
        step["ended"] = time.monotonic()
        say(f"      recovered after {step['well']:.0f} s {step['note']}")

    def steps_of_the_campaign(self):
        kill, tasks = self.machine.kill, self.tasks
        self.step("none", lambda: None)
        self.step("kill -9 one of two transform tasks", lambda: kill(tasks("transform")[:1]))
        self.step("kill -9 both transform tasks", lambda: kill(tasks("transform")))
        self.step("kill -9 nginx", lambda: kill(tasks("nginx")))
        self.step("kill -9 the elected engine node", lambda: kill([self.master()]))
        self.step("kill -9 all three engine nodes", lambda: kill(self.engines()))
        self.step("kill -9 everything at once",
                  lambda: kill(self.engines() + tasks("transform") + tasks("nginx")))
        self.step("scale transform 2 → 5", lambda: self.scale(transform=5))
        self.step("scale transform 5 → 1", lambda: self.scale(transform=1), self.await_scaled_down)
        self.step("stop the engine; scale transform 1 → 5 → 1; start the engine; scale 1 → 5 to drain the rest", self.strand,
                  self.drain)
        self.step("scale transform 5 → 2", lambda: self.scale(transform=2), self.await_scaled_down)
        self.step("update transform to another image", lambda: self.deploy(SERVER_IMAGE=f"{SERVER}:2"),
                  lambda: self.await_update("transform", "completed", f"{SERVER}:2"))
        self.step("roll back this update", self.roll_back,
                  lambda: self.await_update("transform", "rollback_completed", f"{SERVER}:1"))
        self.step("update transform to an image that does not start", self.update_broken,
                  lambda: self.await_update("transform", "rollback_completed", f"{SERVER}:1"))
        self.deploy(SERVER_IMAGE=f"{SERVER}:1")
        self.step("update nginx to another image", lambda: self.deploy(NGINX_IMAGE=f"{NGINX}:2"),
                  lambda: self.await_update("nginx", "completed", f"{NGINX}:2"))
        self.step("switch to one spool per node", lambda: self.deploy("spool-per-node"),
                  lambda: self.await_update("transform", "completed", f"{SERVER}:1"))
        self.step("one spool per node: stop the engine; scale transform 2 → 5 → 1; start the engine", self.strand_on_one_spool,
                  self.drain)
        self.step("switch back to one spool per slot", self.deploy,
                  lambda: self.await_update("transform", "completed", f"{SERVER}:1"))
        self.step("remove the stack while documents wait, then deploy it again", self.redeploy)
        self.step("restart the Docker daemon", self.restart_daemon)

    def await_scaled_down(self):
        self.await_well()
        # Stopping tasks have 30 s to settle their events.
        wanted = int(self.docker("service", "inspect", "-f", "{{.Spec.Mode.Replicated.Replicas}}",
                                 f"{STACK}_transform"))
        await_that("the surplus tasks are gone", 60, lambda: len(self.tasks("transform")) == wanted)

    def scale_up_and_down_without_engine(self):
        self.scale_engines(0)
        await_that("the engine is gone", 60, lambda: not self.engines())
        self.scale(transform=5)
        await_that("five tasks are running", 90, self.complete)
        time.sleep(8)
        self.scale(transform=1)
        self.await_scaled_down_without_engine()

    def strand(self):
        self.scale_up_and_down_without_engine()
        left = self.waiting_beyond_the_first()
        if not sum(left.values()):
            raise Failure("no document was left behind: this step proves nothing")
        self.scale_engines(1)
        await_that("the engine is back", 120, self.well)
        await_that("slot 1 has delivered its documents", 120, self.delivered, 1)
        after = self.waiting_beyond_the_first()
        if after != left:
            raise Failure(f"the remaining documents changed: {left} became {after}")
        self.scale(transform=5)
        return f"({sum(left.values()):,} documents were left in slots 2 to 5)"

    def waiting_beyond_the_first(self):
        return {slot: number for slot, number in self.waiting().items() if slot in "2345"}

    def strand_on_one_spool(self):
        self.scale_up_and_down_without_engine()
        left = self.waiting()["node"]
        if not left:
            raise Failure("no document was left behind: this step proves nothing")
        self.scale_engines(1)
        return f"({left:,} documents were left)"

    def await_scaled_down_without_engine(self):
        await_that("one task is left", 90, lambda: len(self.tasks("transform")) == 1)

    def drain(self):
        self.await_well()
        await_that("all spools are empty", 120, lambda: self.delivered() and not sum(self.waiting().values()), 1)

    def roll_back(self):
        self.docker("service", "rollback", "-d", f"{STACK}_transform")

    def update_broken(self):
        self.deploy(SERVER_IMAGE=f"{SERVER}:broken")
        # Until then the status is that of the previous update.
        await_that("the swarm rolls back", 120, lambda: self.update("transform")[0] == "rollback_started")

    def await_update(self, service, state, image):
        await_that(f"{service} is {state} with {image}", 180, lambda: self.update(service) == (state, image))
        self.await_well()

    def update(self, service):
        """Returns the state of the last update of a service, and its target image."""
        said = json.loads(self.docker("service", "inspect", f"{STACK}_{service}"))[0]
        return said.get("UpdateStatus", {}).get("State"), said["Spec"]["TaskTemplate"]["ContainerSpec"]["Image"]

    def redeploy(self):
        self.scale_engines(0)
        await_that("the engine is gone", 60, lambda: not self.engines())
        time.sleep(6)
        self.retried += self.retried_by_nginx()  # the log is deleted with the service
        self.remove()
        left = sum(self.waiting().values())
        if not left:
            raise Failure("no document waited when the stack was removed: this step proves nothing")
        self.deploy()
        return f"({left:,} documents waited in the volumes)"

    def restart_daemon(self):
        self.machine.stop()
        self.machine.start()

    # ---- verification -----------------------------------------------------------------------------------

    def index(self):
        """Returns how often each event is in the index, by its number."""
        self.ask_engine("POST", "/_refresh")
        found = collections.Counter()
        page = self.ask_engine("POST", "/pageview,engagement/_search?scroll=1m&size=5000",
                               {"_source": ["number"], "sort": ["_doc"]})
        while page and page["hits"]["hits"]:
            found.update(hit["_source"]["number"] for hit in page["hits"]["hits"])
            page = self.ask_engine("POST", "/_search/scroll", {"scroll": "1m", "scroll_id": page["_scroll_id"]})
        return found

    def judge(self):
        """Counts lost and duplicated events per step and in total. Returns true if there are none."""
        found = self.index()
        requests = self.load.requests()
        self.retried += self.retried_by_nginx()
        bounds = [step["began"] for step in self.steps[1:]] + [float("inf")]
        for step, end in zip(self.steps, bounds):
            mine = [r for r in requests if step["began"] <= r.began < end]
            self.count(step, mine, found)
            answers = sorted(r.ended for r in mine if r.accepted() and r.ended <= step["ended"])
            gaps = [after - before for before, after in zip([step["began"], *answers], answers)]
            step["silence"] = max(gaps, default=float("inf"))
        self.total = {"name": "all"}
        self.count(self.total, requests, found)
        self.total["indexed"] = sum(found.values())
        self.total["strangers"] = len(set(found) - {n for r in requests for n in r.numbers})
        self.total["nginx"] = self.retried
        return not self.total["lost"] and not self.total["doubled"] and not self.total["unanswered careful"]

    @staticmethod
    def count(row, requests, found):
        accepted = [number for r in requests for number in r.accepted()]
        every = [number for r in requests for number in r.numbers]
        row["events"] = len(every)
        row["accepted"] = len(accepted)
        row["spooled"] = sum(outcome == "spooled" for r in requests for outcome in r.outcomes.values())
        row["lost"] = sum(not found[number] for number in accepted)
        row["doubled"] = sum(found[number] > 1 for number in every)
        row["again"] = sum(r.attempts > 1 for r in requests)
        row["unanswered"] = sum(len(r.numbers) - len(r.accepted()) for r in requests if not r.client.careful)
        row["unanswered careful"] = sum(len(r.numbers) - len(r.accepted()) for r in requests if r.client.careful)
        row["wait"] = max((r.ended - r.began for r in requests), default=0)

    def retried_by_nginx(self):
        """Returns the number of requests that nginx sent to a second server, from its log, including killed tasks."""
        # Docker 20.10 sometimes hangs here. The output until the time-out is sufficient.
        log = subprocess.run(["timeout", "20", "docker", "service", "logs", "--raw", f"{STACK}_nginx"],
                             capture_output=True, text=True).stdout
        return sum('"upstream":"' in line and ", " in line.split('"upstream":"')[1].split('"')[0]
                   for line in log.splitlines())

    def report(self):
        lines = ["| fault | recovery | events | answered `spooled` | requests repeated by careful clients | "
                 "events of plain clients without an answer | longest wait of a client | longest time without "
                 "any answer | lost | duplicated |",
                 "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"]
        for step in self.steps:
            lines.append(f"| {step['name']} {step['note']} | {step['well']:.0f} s | {step['events']:,} | "
                         f"{step['spooled']:,} | {step['again']:,} | {step['unanswered']:,} | {step['wait']:.1f} s | "
                         f"{step['silence']:.1f} s | {step['lost']} | {step['doubled']} |")
        total = self.total
        lines += ["", f"In total {total['events']:,} events, of which {total['accepted']:,} were answered as accepted "
                  f"and {total['unanswered']:,} of plain clients were not. According to its log, nginx sent "
                  f"{total['nginx']:,} requests to a second server. The index contained {total['indexed']:,} "
                  f"documents: **{total['lost']} lost, {total['doubled']} duplicated**.", ""]
        lines += [f"- {fact}" for fact in self.facts]
        return "\n".join(lines) + "\n"

    # ---- the campaign -------------------------------------------------------------------------------

    def run(self):
        self.set_up()
        self.measure()
        say("deploying the stack")
        began = time.monotonic()
        self.deploy()
        self.await_well()
        self.facts.append(f"from docker stack deploy to all tasks healthy and a cluster of three: "
                          f"{time.monotonic() - began:.0f} s")
        self.check_edge()
        say("publishing")
        self.load.start()
        try:
            self.await_well()
            self.steps_of_the_campaign()
        finally:
            self.load.stop()
        say("waiting until the spools are empty")
        await_that("the spools are empty", 120, lambda: self.delivered() and not sum(self.waiting().values()), 1)
        self.facts.append("memory of a server at the end: "
                          + ", ".join(f"{self.resident(task):.0f} MB" for task in self.tasks("transform")))
        say("comparing the index with the answers")
        passed = self.judge()
        say("checking keys and TLS")
        self.check_keys_and_tls()
        text = self.report()
        print(text)
        return passed, text

    def check_edge(self):
        """Checks which paths nginx serves and which it does not."""
        def get(path, **headers):
            connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=10)
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()

        task = self.tasks("transform")[0]
        for path in ("/", "/page.js", "/page.css", "/favicon.svg"):
            status, headers, body = get(path)
            own_status, own_headers, own_body = self.machine.http(task, 8080, "GET", path)
            own_headers = {name.lower(): value for name, value in own_headers.items()}
            if (status, body) != (own_status, own_body):
                raise Failure(f"the answers of nginx and the server to GET {path} differ")
            for name in ("content-security-policy", "x-content-type-options", "referrer-policy",
                         "cross-origin-opener-policy", "cache-control"):
                if headers.get_all(name) != [own_headers.get(name)]:
                    raise Failure(f"{name} of {path} is {headers.get_all(name)}, the server's {own_headers.get(name)}")
        for path in ("/metrics", "/healthz", "/livez", "/v1/../healthz", "/.events"):
            if get(path)[0] != 404:
                raise Failure(f"nginx answers GET {path} with {get(path)[0]}, not 404")
        if get("/readyz")[0] != 200:
            raise Failure("nginx does not forward /readyz")
        if get("/page.js", **{"Accept-Encoding": "gzip"})[1]["Content-Encoding"] != "gzip":
            raise Failure("nginx does not compress the page")
        self.check_zstd()
        nginx = self.tasks("nginx")[0]
        reached = subprocess.run(["docker", "exec", nginx, "bash", "-c",
                                  "getent hosts elasticsearch || exec 3<>/dev/tcp/elasticsearch/9200"],
                                 capture_output=True)
        if reached.returncode == 0:
            raise Failure("nginx can reach the engine")

    def check_zstd(self):
        """Publishes a body in zstd. It needs a native library, which the image must store in an executable place."""
        event = b'{"eventType": "engagement", "eventValue": "click", "number": "zstd"}'
        frame = (b"\x28\xb5\x2f\xfd\x20" + bytes([len(event)])  # single segment with its size
                 + (len(event) << 3 | 1).to_bytes(3, "little") + event)  # the last block, uncompressed
        status, _, _ = self.publish(frame, {"Content-Encoding": "zstd"})
        if status not in (200, 202):
            raise Failure(f"a body in zstd is answered {status}")

    @staticmethod
    def publish(body, headers, connection=None):
        connection = connection or http.client.HTTPConnection("127.0.0.1", PORT, timeout=10)
        connection.request("POST", "/v1/events", body=body, headers={"Content-Type": "application/json", **headers})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()

    def check_keys_and_tls(self):
        """Checks the overrides auth and tls, with secrets as documented."""
        event = b'{"eventType": "engagement", "eventValue": "click", "number": "key"}'
        made = subprocess.run(["docker", "run", "--rm", f"{SERVER}:1", "keys", "shop"], capture_output=True, text=True)
        key = re.search(r"es_\S+", made.stderr)[0]
        self.secret("eventstream-ingest-keys", made.stdout)
        certificate = f"{self.machine.work}/tls"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days",
                        "1", "-addext", "subjectAltName=DNS:localhost", "-keyout", f"{certificate}.key",
                        "-out", f"{certificate}.pem"], check=True, capture_output=True)
        for name, file in ("eventstream-tls-certificate", "pem"), ("eventstream-tls-key", "key"):
            with open(f"{certificate}.{file}") as content:
                self.secret(name, content.read())
        self.deploy("auth", "tls")
        self.await_update("transform", "completed", f"{SERVER}:1")
        self.await_update("nginx", "completed", f"{NGINX}:2")
        trusted = ssl.create_default_context(cafile=f"{certificate}.pem")

        def https():
            return http.client.HTTPSConnection("localhost", 8443, timeout=10, context=trusted)

        status = self.publish(event, {})[0]
        if status != 401:
            raise Failure(f"an event without a key is answered {status}")
        status = self.publish(event, {"Authorization": f"Bearer {key}"}, https())[0]
        if status not in (200, 202):
            raise Failure(f"an event with a key, over HTTPS, is answered {status}")

    def secret(self, name, content):
        subprocess.run(["docker", "secret", "create", name, "-"], input=content, text=True, check=True,
                       capture_output=True)


def main():
    cache, work, seconds, result = sys.argv[1:]
    campaign = Campaign(cache, work, float(seconds))
    try:
        passed, text = campaign.run()
    except Failure as e:
        say(f"FAILED: {e}")
        for service in ["nginx", "transform", *ENGINES]:
            print(campaign.docker("service", "ps", "--no-trunc", f"{STACK}_{service}", check=False))
            print(campaign.docker("service", "logs", "--tail", "30", f"{STACK}_{service}", check=False)[-6000:])
        return 1
    with open(result, "w") as file:
        file.write(text)
    say("PASSED" if passed else "FAILED: events were lost, duplicated or never answered")
    return 0 if passed else 1


if __name__ == "__main__":
    # The threads of the clients must not keep the process alive.
    status = main()
    sys.stdout.flush()
    os._exit(status)
