"""Spark started and stopped, and what it says turned into one message."""

from __future__ import annotations

import os
import re
import shutil
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from sacroiliac.errors import InputError

if TYPE_CHECKING:
    from pyspark import SparkContext

ENGINE = "--engine spark"
TRIES = 4
"""How often a task is tried; on one machine too, where Spark by itself would try once."""
JAVA = "Install Java 17 or newer (Debian and Ubuntu: apt install default-jre-headless), or set JAVA_HOME."
GO_ON = "Give the same command again: it goes on where it stopped."
_HEARD = 1 << 16


@contextmanager
def started(master: str | None, workers: int) -> Iterator[SparkContext]:
    """Start Spark, and stop it in the end. Once in a process: the Java machine ends with the process.

    :param master: a cluster as Spark names it; None for that of ``spark-submit``, else for ``workers`` cores of this
        machine
    :raises InputError: when PySpark or Java are missing, the cluster cannot be reached, or Spark gives up later
    """
    if find_spec("pyspark") is None:
        raise InputError(ENGINE, "PySpark is not installed", "Install it with: pip install 'sacroiliac[spark]'")
    home = os.environ.get("JAVA_HOME")
    if shutil.which("java", path=f"{home}/bin" if home else None) is None:
        raise InputError(ENGINE, "there is no Java runtime", JAVA)
    from py4j.protocol import Py4JError
    from pyspark import SparkConf, SparkContext
    from pyspark.errors import PySparkException
    from pyspark.java_gateway import launch_gateway

    submitted = "PYSPARK_GATEWAY_PORT" in os.environ  # then Java was there before us, and stays
    if master is None and not submitted:
        master = f"local[{workers}]"
    conf = SparkConf().setAll(list(_settings(master).items()))
    listening = _Listening()
    context = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of versions of pandas, which is not used
            gateway = None if submitted else launch_gateway(conf, {"stderr": listening.entry})  # type: ignore[no-untyped-call]
            context = SparkContext.getOrCreate(conf) if submitted else SparkContext(conf=conf, gateway=gateway)
        listening.pass_on()
        yield context
    except (Py4JError, PySparkException, ConnectionError) as error:
        place = ENGINE if master is None else f"--master {master}"
        raise InputError(place, *_said(f"{error}\n{listening.heard}")) from None
    finally:
        if context is not None and not submitted:
            with suppress(Py4JError, ConnectionError):
                context.stop()


def _settings(master: str | None) -> dict[str, str]:
    """What Spark is told; everything else stands in its own files, ``spark-defaults.conf`` above all."""
    os.environ.setdefault("LOG4J_CONFIGURATION_FILE", str(Path(__file__).with_name("log4j2.properties")))
    told = {
        "spark.app.name": "sacroiliac cohort run",
        "spark.ui.showConsoleProgress": str(sys.stderr.isatty()).lower(),
        "spark.executorEnv.OPENBLAS_NUM_THREADS": "1",  # a task has one core
    }
    if master is None:
        return told
    told["spark.master"] = re.sub(r"^local(?:\[([\d*]+)\])?$", lambda one: f"local[{one[1] or 1},{TRIES}]", master)
    if master.startswith("local"):
        os.environ["PYSPARK_PYTHON"] = sys.executable
        # Nobody else has to reach it, nor should anybody.
        told |= {"spark.ui.enabled": "false", "spark.driver.host": "localhost", "spark.driver.bindAddress": "127.0.0.1"}
    return told


class _Listening:
    """What Java says on its way up is kept, for the message when it does not get there; later it is passed on."""

    def __init__(self) -> None:
        self._exit, self.entry = os.pipe()
        self._said, self._passing = b"", False
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while data := os.read(self._exit, _HEARD):
            self._said = (self._said + data)[-_HEARD:]
            if self._passing:
                os.write(2, data)

    def pass_on(self) -> None:
        """Java is up: what it says from now on are errors and its progress."""
        self._passing = True

    @property
    def heard(self) -> str:
        """The last of what was said."""
        return self._said.decode(errors="replace")


_KNOWN = (
    (r"UnsupportedClassVersionError", "this Java is too old", JAVA),
    (
        r"Could not parse Master URL|Master must either be|masters are unresponsive|UnknownHostException",
        "there is no such cluster, or it does not answer",
        "Give local[N], spark://HOST:PORT, yarn or k8s://https://HOST:PORT.",
    ),
    (
        r"ModuleNotFoundError|PYTHON_VERSION_MISMATCH|Cannot run program",
        "the workers lack the Python, or the packages, of this machine",
        "Bring them there: docs/scale.md says how.",
    ),
    (r"exited unexpectedly|ExecutorLostFailure|OutOfMemory", "workers die, mostly for want of memory", GO_ON),
)


def _said(words: str) -> tuple[str, str]:
    """What went wrong, from all that Spark said, and the cure. Lines that may quote data are never repeated."""
    if found := re.search(r"RuntimeError: (\w+ \d+: \w+ at [\w.<>]+:\d+)", words):
        return f"a task failed {TRIES} times ({found[1]})", f"{GO_ON} If it stops there again, please report it."
    for pattern, problem, cure in _KNOWN:
        if re.search(pattern, words):
            return problem, cure
    if "JAVA_GATEWAY_EXITED" in words:
        return "Java does not start Spark", "See what it says: pyspark --version"
    return "Spark gave up", f"Its log says why. {GO_ON}"
