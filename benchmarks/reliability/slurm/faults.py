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


def until_the_job_runs_elsewhere(job, node, random, hurt, mend, longest):
    """Both are commands to the cluster; what is broken stays so for up to `longest` s after the job's next start."""
    restarts = job.restarts()
    for command in hurt:
        job.cluster.do(command, node)
    wait_for(lambda: job.ended() or (job.restarts() > restarts and job.running_on()), "the job's start on other nodes",
             NOTICED)
    time.sleep(random.uniform(0, longest))
    job.cluster.do(mend, node)


def for_seconds(job, node, random, hurt, mend):
    job.cluster.do(hurt, node)
    time.sleep(random.uniform(1, 5))
    job.cluster.do(mend, node)


@kind(3, "the launcher ended with exit code …, requeued; with the master's node nobody is left who could: Slurm requeues")
def node_dies_and_boots(job, node, random):
    job.cluster.do("kill", node)
    time.sleep(random.uniform(0, 10))
    job.cluster.do("boot", node)


@kind(3, "CANCELLED … DUE TO NODE FAILURE, if the first node is left; requeued by Slurm")
def power_fails(job, node, random):
    until_the_job_runs_elsewhere(job, node, random, ["cut", "kill"], "boot", 10)


@kind(3, "as before")
def cable_pulled_until_the_job_runs_elsewhere(job, node, random):
    until_the_job_runs_elsewhere(job, node, random, ["cut"], "mend", 5)


@kind(2, "not at all: the farm goes on", ends=False)
def cable_pulled_for_seconds(job, node, random):
    for_seconds(job, node, random, "cut", "mend")


@kind(2, "not at all: the farm goes on", ends=False)
def node_paused_for_seconds(job, node, random):
    for_seconds(job, node, random, "pause", "resume")


@kind(3, "as where power fails")
def node_paused_until_the_job_runs_elsewhere(job, node, random):
    until_the_job_runs_elsewhere(job, node, random, ["pause"], "resume", 5)


@kind(3, "a process was killed by signal 9, requeued")
def rank_killed(job, node, random):
    job.cluster.do("run", node, "pkill", "-KILL", "-n", "-x", "tdse_farm", check=False)


@kind(2, "CANCELLED … DUE TO JOB REQUEUE")
def requeued_by_hand(job, node, random):
    job.cluster.slurm("scontrol", "requeue", job.number, check=False)


@kind(2, "warning from Slurm (SIGUSR1), stopped early, requeued")
def warned(job, node, random):
    job.cluster.slurm("scancel", "--batch", "--signal=USR1", job.number, check=False)
