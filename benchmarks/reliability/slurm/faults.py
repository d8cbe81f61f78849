"""The kinds of faults: functions that are given a Job, one of its nodes and random numbers, and hurt the node or the job.
They return when whatever they took away is there again. Nodes of a job: the first has the master."""

import time
from dataclasses import dataclass
from typing import Callable

from job import wait_for

NOTICED = 120  # s, within which Slurm must have started the job elsewhere


@dataclass
class Kind:
    weight: int         # its share of all faults
    told: str           # how the user is told, for the table
    ends: bool          # whether the farm ends of it, and its job starts anew
    strike: Callable


KINDS = {}


def kind(weight, told, ends=True):
    """Registers a kind."""
    def register(function):
        KINDS[function.__name__.replace("_", " ")] = Kind(weight, told, ends, function)
        return function
    return register


def wait_for_another_start(job, restarts):
    wait_for(lambda: job.ended() or (job.restarts() > restarts and job.running_on()), "the job's start on other nodes",
             NOTICED)


@kind(3, "the launcher ended with exit code …, requeued; with the master's node nobody is left who could: Slurm requeues")
def node_dies_and_boots(job, node, random):
    job.cluster.do("kill", node)
    time.sleep(random.uniform(0, 10))
    job.cluster.do("boot", node)


@kind(3, "CANCELLED … DUE TO NODE FAILURE, if the first node is left; requeued by Slurm")
def power_fails(job, node, random):
    restarts = job.restarts()
    job.cluster.do("cut", node)
    job.cluster.do("kill", node)
    wait_for_another_start(job, restarts)
    time.sleep(random.uniform(0, 10))
    job.cluster.do("boot", node)


@kind(3, "as before")
def cable_pulled_until_the_job_runs_elsewhere(job, node, random):
    restarts = job.restarts()
    job.cluster.do("cut", node)
    wait_for_another_start(job, restarts)
    time.sleep(random.uniform(0, 5))
    job.cluster.do("mend", node)


@kind(2, "not at all: the farm goes on", ends=False)
def cable_pulled_for_seconds(job, node, random):
    job.cluster.do("cut", node)
    time.sleep(random.uniform(1, 5))
    job.cluster.do("mend", node)


@kind(2, "not at all: the farm goes on", ends=False)
def node_paused_for_seconds(job, node, random):
    job.cluster.do("pause", node)
    time.sleep(random.uniform(1, 5))
    job.cluster.do("resume", node)


@kind(3, "as where power fails")
def node_paused_until_the_job_runs_elsewhere(job, node, random):
    restarts = job.restarts()
    job.cluster.do("pause", node)
    wait_for_another_start(job, restarts)
    time.sleep(random.uniform(0, 5))
    job.cluster.do("resume", node)


@kind(3, "a process was killed by signal 9, requeued")
def rank_killed(job, node, random):
    job.cluster.do("run", node, "pkill", "-KILL", "-n", "-x", "tdse_farm", check=False)


@kind(2, "CANCELLED … DUE TO JOB REQUEUE")
def requeued_by_hand(job, node, random):
    job.cluster.slurm("scontrol", "requeue", job.number, check=False)


@kind(2, "warning from Slurm (SIGUSR1), stopped early, requeued")
def warned(job, node, random):
    job.cluster.slurm("scancel", "--batch", "--signal=USR1", job.number, check=False)
