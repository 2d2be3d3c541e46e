"""What the peers' scripts share: they time a call and print a line of JSON for each row."""

import json
import os
import platform
import statistics
import time

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
AT_LEAST, AT_MOST = 5, 1000


def cpu():
    """The processor's name."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            for line in lines:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def sample(call, warm_up, enough):
    """Seconds of each call after the warm-up: at least 5 of them, more until they have taken `enough` seconds."""
    for _ in range(warm_up):
        call()
    samples = []
    while len(samples) < AT_LEAST or (sum(samples) < enough and len(samples) < AT_MOST):
        start = time.perf_counter()
        call()
        samples.append(time.perf_counter() - start)
    return samples


class Peer:
    def __init__(self, name, version, threads=CORES):
        self.fixed = {"peer": name, "version": version}
        self.where = {"threads": threads, "device": cpu()}

    def row(self, name, shape, call, note=None, warm_up=2, enough=2.0):
        """Times the call. A call that fails makes a row that says why."""
        seconds = spread = None
        samples = []
        try:
            samples = sample(call, warm_up, enough)
            low, seconds, high = statistics.quantiles(samples, n=4, method="inclusive")
            seconds, spread = round(seconds, 7), round((high - low) / seconds, 4)
        except (RuntimeError, ValueError, NotImplementedError) as error:
            note = f"failed: {error}".splitlines()[0]
        row = {**self.fixed, "name": name, "shape": shape, "seconds": seconds, "spread": spread, **self.where}
        row["samples"] = len(samples)
        if note:
            row["note"] = note
        print(json.dumps(row), flush=True)
