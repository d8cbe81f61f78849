"""The kinds of faults: functions that are given a Job, one of its nodes and random numbers, and hurt the node or the job.
They return when whatever they took away is there again. Nodes of a job: the first has the master."""

import time
from dataclasses import dataclass
from typing import Callable

from job import wait_for

NOTICED = 120  # s, within which Slurm must have started the job elsewhere

# What the job's log may say of a fault; the first of those that it says counts.
MESSAGES = ("stopped early", "a process was killed by signal", "the launcher ended with exit code",
            "the farm ended with an error", "DUE TO NODE FAILURE", "DUE TO JOB REQUEUE")


def message_in(text):
    return next((message for message in MESSAGES if message in text), "nothing")


@dataclass
class Kind:
    weight: int         # its share of all faults
    ends: bool          # whether the farm ends of it, and its job starts anew
    strike: Callable


KINDS = {}


def kind(weight, ends=True):
    """Registers a kind."""
    def register(function):
        KINDS[function.__name__.replace("_", " ")] = Kind(weight, ends, function)
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


@kind(3)
def node_dies_and_boots(job, node, random):
    job.cluster.do("kill", node)
    time.sleep(random.uniform(0, 10))
    job.cluster.do("boot", node)


@kind(3)
def power_fails(job, node, random):
    until_the_job_runs_elsewhere(job, node, random, ["cut", "kill"], "boot", 10)


@kind(3)
def cable_pulled_until_the_job_runs_elsewhere(job, node, random):
    until_the_job_runs_elsewhere(job, node, random, ["cut"], "mend", 5)


@kind(2, ends=False)
def cable_pulled_for_seconds(job, node, random):
    for_seconds(job, node, random, "cut", "mend")


@kind(2, ends=False)
def node_paused_for_seconds(job, node, random):
    for_seconds(job, node, random, "pause", "resume")


@kind(3)
def node_paused_until_the_job_runs_elsewhere(job, node, random):
    until_the_job_runs_elsewhere(job, node, random, ["pause"], "resume", 5)


@kind(3)
def rank_killed(job, node, random):
    job.cluster.do("run", node, "pkill", "-KILL", "-n", "-x", "tdse_farm", check=False)


@kind(2)
def requeued_by_hand(job, node, random):
    job.cluster.slurm("scontrol", "requeue", job.number, check=False)


@kind(2)
def warned(job, node, random):
    job.cluster.slurm("scancel", "--batch", "--signal=USR1", job.number, check=False)
