"""Workers killed by SIGKILL while tasks are in flight, over the real servers: nothing is lost, everything is done."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.services import Addresses
from tests.support.brokers import Broker, rabbitmq, redis_server
from tests.support.trees import ROOT, VISIBILITY, Tiny, alive, wait_for
from worker.app import send_hint

PATIENCE = 200.0  # a bound against hanging on a busy machine, not a measurement
SUPERVISOR_PROGRAM = """
import sys
from pathlib import Path
from tests.support.trees import Tiny
from worker.supervisor import until_signalled
with Tiny(Path(sys.argv[1]), sys.argv[2]).supervisor() as tree:
    for event in until_signalled(tree):
        print(event, flush=True)
"""


@pytest.fixture(params=[rabbitmq, redis_server], ids=["rabbitmq", "redis"])
def broker(request: pytest.FixtureRequest, services: Addresses) -> Iterator[Broker]:
    made: Broker = request.param(services)
    made.clear()
    yield made
    made.clear()


@pytest.mark.slow
@pytest.mark.services
@pytest.mark.timeout(600)
def test_what_was_in_flight_at_a_kill_is_delivered_again_and_nothing_is_lost(broker: Broker, tmp_path: Path) -> None:
    tiny = Tiny(tmp_path, broker.url)
    for step in range(6):
        send_hint(tiny.app, step, "page", "batch")
    argv = [sys.executable, "-c", SUPERVISOR_PROGRAM, str(tmp_path), broker.url]
    with subprocess.Popen(argv, cwd=ROOT, env=tiny.env, stdout=subprocess.PIPE, text=True) as program:
        wait_for(lambda: len(tiny.noted("begin")) == 2, PATIENCE)
        tree = [psutil.Process(program.pid), *psutil.Process(program.pid).children(recursive=True)]
        program.send_signal(signal.SIGKILL)
        program.wait(10)
    assert tiny.noted("end") == [], "tasks were in flight at the kill"
    in_flight = tiny.noted("begin")
    wait_for(lambda: not alive(tree), within=30)
    tiny.go()
    with tiny.supervisor():
        wait_for(lambda: set(tiny.noted("end")) == set(range(6)), PATIENCE + VISIBILITY)
    assert set(in_flight) <= set(tiny.noted("end"))
    broker.nothing_left()
