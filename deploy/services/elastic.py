"""Elasticsearch without a container: a node made of the jars that Elastic publishes on Maven Central.

Not there, because those modules are not published: `_reindex` and by-query APIs, painless scripts, security (TLS and
passwords). Licence of the server's jars: ELv2, AGPLv3 or SSPL; they are fetched for tests and never shipped.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from deploy.services.place import CannotServe, Place, cache, say
from deploy.services.processes import Program
from deploy.services.service import NotYet, Service, http_status, program

SOURCES = Path(__file__).with_name("elasticsearch")
HEAP = "512m"
BUILD_SECONDS = 1200
NETTY = ("netty-*.jar", "transport-netty4-*.jar", "elasticsearch-ssl-config-*.jar")  # a module of its own: HTTP


class Elasticsearch(Service):
    """One node on loopback, no security, bounded by its heap."""

    name = "elasticsearch"
    standard_port = 19200
    start_seconds = 180.0

    @property
    def home(self) -> Path:
        text = b"".join(path.read_bytes() for path in sorted(SOURCES.iterdir()) if path.is_file())
        return cache() / f"{self.name}-{self.version()}-{hashlib.sha256(text).hexdigest()[:8]}"

    def missing(self) -> list[str]:
        jdk = [] if self.home.exists() and _java("java") else [] if _java("javac") else ["default-jdk-headless"]
        return jdk + ([] if self.home.exists() or program("mvn") else ["maven"])

    def version(self) -> str:
        found = re.search(r"<elasticsearch.version>(.+?)<", (SOURCES / "pom.xml").read_text("utf-8"))
        return found[1] if found else ""

    def build(self) -> None:
        if self.home.exists():
            return
        say(f"{self.name}: gathering {self.version()} from Maven Central, about 1 min the first time")
        part = self.home.with_name(self.home.name + f".part-{os.getpid()}")
        shutil.rmtree(part, ignore_errors=True)
        _lay_out(part, self.version())
        if self.home.exists():  # another clone was faster
            shutil.rmtree(part)
        else:
            part.replace(self.home)

    def programs(self, place: Place) -> list[Program]:
        # As root where we are: the node's own check is in the bootstrap that this launcher leaves out.
        folder = place.own(place.of(self.name), None)
        config = folder / "config"
        config.mkdir(exist_ok=True)
        port = self.port(place)
        settings = {
            "cluster.name": "motlan-test",
            "discovery.type": "single-node",
            "network.host": "127.0.0.1",
            "http.port": port,
            "transport.port": port + 1,
            "path.data": str(folder / "data"),
            "path.logs": str(folder / "logs"),
            "cluster.routing.allocation.disk.threshold_enabled": False,
        }
        (config / "elasticsearch.yml").write_text(json.dumps(settings), "utf-8")  # JSON is YAML
        return [Program(self._argv(config))]

    def ask(self, place: Place) -> None:
        health = http_status(self.port(place), "/_cluster/health?wait_for_status=yellow&timeout=3s")
        if json.loads(health)["timed_out"]:
            raise NotYet("its shards are not there yet")

    def address(self, place: Place) -> dict[str, Any]:
        return {"url": f"http://127.0.0.1:{self.port(place)}"}

    def _argv(self, config: Path) -> list[str]:
        argv = [
            str(_java("java")),
            f"-Xms{HEAP}",
            f"-Xmx{HEAP}",
            "-Xss1m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
        ]
        argv += ["-XX:MaxDirectMemorySize=256m", "-XX:+ExitOnOutOfMemoryError", "-XX:ActiveProcessorCount=2"]
        argv += ["-Dfile.encoding=UTF-8", "-Djava.awt.headless=true", "-Des.distribution.type=tar"]
        argv += ["-Dlog4j2.disable.jmx=true", "-Dlog4j.shutdownHookEnabled=false"]
        argv += ["-Dio.netty.noUnsafe=true", "-Dio.netty.noKeySetOptimization=true"]
        argv += ["-Dio.netty.recycler.maxCapacityPerThread=0"]
        argv += [f"-Des.nativelibs.path={self.home / 'native'}"]
        argv += ["-Dorg.elasticsearch.nativeaccess.enableVectorLibrary=false"]
        argv += ["--enable-native-access=org.elasticsearch.nativeaccess,org.apache.lucene.core"]
        argv += ["--module-path", str(self.home / "lib"), "--add-modules=jdk.net,ALL-MODULE-PATH"]
        return [*argv, "-cp", str(self.home / "launcher"), "Launcher", str(self.home), str(config)]


def _lay_out(home: Path, version: str) -> None:
    """The folders of a node: lib, modules, plugins, native, and our launcher. Raises CannotServe."""
    lib, module, plugin = home / "lib", home / "modules" / "transport-netty4", home / "plugins" / "root"
    for folder in (lib, module, plugin, home / "config", home / "launcher", home / "native", home / "classes"):
        folder.mkdir(parents=True)
    mvn = [str(program("mvn")), "-B", "-q", "-ntp", "-f", str(SOURCES / "pom.xml"), "dependency:copy-dependencies"]
    _run([*mvn, "-DincludeScope=runtime", f"-DoutputDirectory={lib}", "-Dmdep.useBaseVersion=true"])
    for jar in (jar for pattern in NETTY for jar in lib.glob(pattern)):
        jar.replace(module / jar.name)
    _unpack_module(next(module.glob("transport-netty4-*.jar")), module)
    javac = [str(_java("javac")), "-nowarn", "--release", "17"]
    modules = ["--module-path", str(lib), "--add-modules", "ALL-MODULE-PATH"]
    _run([*javac, *modules, "-d", str(home / "launcher"), str(SOURCES / "Launcher.java")])
    _run([*javac, "-cp", f"{lib}/*", "-d", str(home / "classes"), str(SOURCES / "RootPlugin.java")])
    with zipfile.ZipFile(plugin / "root.jar", "w") as jar_file:
        for path in sorted((home / "classes").rglob("*.class")):
            jar_file.write(path, path.relative_to(home / "classes"))
    (plugin / "plugin-descriptor.properties").write_text(
        f"name=root\ndescription=GET /\nversion=1\nelasticsearch.version={version}\n"
        "java.version=17\nclassname=motlan.RootPlugin\n"
    )
    for zstd in sorted(Path("/usr/lib").glob("*/libzstd.so.1"))[:1]:  # for the index codec best_compression
        (home / "native" / "libzstd.so").symlink_to(zstd)


def _unpack_module(jar: Path, module: Path) -> None:
    """A published module carries its descriptors inside its jar; a node wants them beside it."""
    inside = "META-INF/es-plugins/transport-netty4/"
    with zipfile.ZipFile(jar) as archive:
        for name in archive.namelist():
            if name.startswith(inside) and not name.endswith("/"):
                (module / name.removeprefix(inside)).write_bytes(archive.read(name))


def _java(name: str) -> str | None:
    home = os.environ.get("JAVA_HOME")
    return program(name, *([Path(home) / "bin"] if home else []))


def _run(argv: Sequence[str]) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, timeout=BUILD_SECONDS, check=False)
    if done.returncode:
        raise CannotServe(f"{Path(argv[0]).name}: {(done.stdout + done.stderr).strip()[-1500:]}")
