"""The kinds of faults. Each is a function that is given a Campaign (soak) and does it to its farm: it returns an Outcome."""

import glob
import os
import re
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass

from farms import RECORD, Records, content, done_runs, is_alive, send


@dataclass
class Outcome:
    """What a fault did. `told`: what was said about it, empty if nothing was; `silent`: it should have been told."""
    told: str = ""
    silent: bool = False
    lost: int = 0          # runs that had been done, and are not, or otherwise
    wasted: int = 0        # attempts that were begun and led to nothing
    recovery: float = None  # seconds until the next run was done


KINDS = {}


def kind(weight, said):
    """Registers a kind: its share of all faults, and how the user is told, for the table."""
    def register(function):
        KINDS[function.__name__.replace("_", " ")] = (weight, said, function)
        return function
    return register


def killed(campaign, how):
    """The farm is somewhere in its work, `how` kills (of) it, and the next one begins."""
    farm = campaign.running()
    ranks = campaign.wait_somewhere()
    if not ranks:
        return None
    before = done_runs(campaign.store)
    how(farm, ranks)
    code = farm.end()
    return campaign.after_death(before, f"exit code {code}" if code != 0 else "", silent=code == 0 and campaign.unfinished())


@kind(130, "mpirun names the rank and its signal, exit code 137; the same command continues")
def worker_killed(campaign):
    return killed(campaign, lambda farm, ranks: send([campaign.random.choice(ranks[1:] or ranks)], signal.SIGKILL))


@kind(100, "as before")
def master_killed(campaign):
    return killed(campaign, lambda farm, ranks: send(ranks[:1], signal.SIGKILL))


@kind(130, "by nobody: there is nobody left; `pmd_store info` shows what is done, the same command continues")
def all_killed(campaign):
    return killed(campaign, lambda farm, ranks: farm.kill())


@kind(50, "as before")
def mpirun_killed(campaign):
    def how(farm, ranks):
        farm.process.kill()
        farm.process.wait()
        # Orphans end by themselves; a second farm would be refused until then.
        limit = time.monotonic() + 20
        while any(is_alive(pid) for pid in ranks) and time.monotonic() < limit:
            time.sleep(0.02)
        send(ranks, signal.SIGKILL)
    return killed(campaign, how)


@kind(60, "exit code 75 or, where Open MPI kills its ranks itself, 1; the same command continues")
def terminated(campaign):
    return killed(campaign, lambda farm, ranks: farm.process.send_signal(signal.SIGTERM))


def paused(campaign, choose):
    farm = campaign.running()
    ranks = choose(campaign.wait_somewhere())
    if not ranks:
        return None
    before = done_runs(campaign.store)
    begun = time.monotonic()
    send(ranks, signal.SIGSTOP)
    longer_than_patience = 11
    time.sleep(longer_than_patience if campaign.random.random() < 0.06 else campaign.random.choice([0.01, 0.1, 0.5, 1.5]))
    send(ranks, signal.SIGCONT)
    outcome = campaign.after_pause(before)
    told = re.findall(r"worker \d+.* has not answered[^\n]*", farm.written)
    outcome.told = told[-1] if told else ""
    outcome.recovery = outcome.recovery and time.monotonic() - begun
    return outcome


@kind(80, "not, unless it lasts longer than `--worker-timeout`: then the farm names the worker and the host")
def worker_paused(campaign):
    return paused(campaign, lambda ranks: [campaign.random.choice(ranks[1:] or ranks)] if ranks else [])


@kind(50, "not: it costs time only")
def master_paused(campaign):
    return paused(campaign, lambda ranks: ranks[:1])


@kind(50, "not: it costs time only")
def all_paused(campaign):
    return paused(campaign, lambda ranks: ranks)


@kind(60, "a note at the farm's end, if it wrote into its journal meanwhile: the journal is not complete, the disk is full")
def disk_full(campaign):
    """The store lies on a small file system, which something else fills up."""
    if not campaign.disk:
        return None
    farm = campaign.running()
    if not campaign.wait_somewhere():
        return None
    before = done_runs(campaign.store)
    filler = os.path.join(campaign.folder, "filler")
    fill(filler)
    time.sleep(0.3)
    os.remove(filler)
    outcome = campaign.after_pause(before)
    farm.end()
    said = re.findall(r"[^\n]*(?:is not complete|cannot be written|error:)[^\n]*", farm.written)
    outcome.told = said[-1] if said else ""
    return outcome


def fill(file):
    with open(file, "wb", buffering=0) as filler:
        size = 1 << 16
        while size:
            try:
                filler.write(bytes(size))
            except OSError:
                size //= 16


@kind(50, "error: FILE: cannot be written; exit code 1; the same command continues when there is space")
def no_byte_more(campaign):
    """Every write beyond the first bytes of any file fails, as on a file system over its quota. Of a bare farm: mpirun
    itself hangs when it cannot write."""
    campaign.stop()
    before = done_runs(campaign.store)
    if not before or not campaign.unfinished():
        return None
    limit = campaign.random.choice([1 << 12, 1 << 14, 1 << 16])
    farm = campaign.start(ranks=0, wrapper=["prlimit", f"--fsize={limit}"])
    code = farm.end()
    said = re.search(r"error: [^\n]*", farm.written)
    return campaign.after_death(before, said.group() if said else "", silent=code == 0 and campaign.unfinished())


@kind(40, "error: another farm works on this store, with its host and process; exit code 1")
def second_farm(campaign):
    """Somebody gives the same command once more."""
    farm = campaign.running()
    if not campaign.wait_somewhere():
        return None
    before = done_runs(campaign.store)
    second = campaign.another()
    code = second.end()
    said = re.search(r"error: [^\n]*", second.written)
    # When all is done already there is nothing that two could spoil.
    silent = code != 1 and farm.running() and campaign.unfinished()
    outcome = campaign.after_pause(before)
    outcome.told, outcome.silent = said.group() if said else "", silent
    return outcome


# Damage to files, between farms.

def flip(file, position, bit):
    with open(file, "r+b") as changed:
        changed.seek(position)
        byte = changed.read(1)[0]
        changed.seek(position)
        changed.write(bytes([byte ^ 1 << bit]))


def damaged_store(campaign, damage):
    """`damage(file)` does it. A store that is refused as a whole is replaced by its backup; damaged runs are repaired."""
    campaign.stop()
    before = done_runs(campaign.store)
    if not before:
        return None
    backup = campaign.store + ".backup"
    shutil.copyfile(campaign.store, backup)
    as_it_was = content(backup)[1], done_runs(backup)
    damage(campaign.store)
    verify = subprocess.run([os.path.join(campaign.programs, "pmd_store"), "verify", campaign.store], capture_output=True,
                            text=True, errors="replace")
    said = verify.stdout + verify.stderr
    errors = [line.strip() for line in said.splitlines() if "error" in line]
    told = errors[0] if errors and verify.returncode != 0 else ""
    try:
        same = (content(campaign.store)[1], done_runs(campaign.store)) == as_it_was
    except Exception:  # h5py fails in many ways
        same = False
    outcome = Outcome(told=told, silent=not told and not same)
    begun = time.monotonic()
    farm = campaign.start(options=["--repair"])
    code = farm.end()
    refused = code == 1 and "error:" in farm.written
    if refused:
        shutil.copyfile(backup, campaign.store)
    os.remove(backup)
    campaign.forget()
    outcome.recovery = None if refused else time.monotonic() - begun
    after = done_runs(campaign.store)
    # All of it was computed to its end, or the backup is back: nothing may be missing.
    outcome.lost = sum(after.get(run, ("", ""))[1] != digest for run, (_, digest) in before.items())
    outcome.wasted = sum(after[run][0] != record for run, (record, _) in before.items() if run in after)
    return outcome


@kind(60, "`pmd_store verify` and every program: the user block or the skeleton does not match its checksum; take the backup")
def bit_flipped_in_the_structure(campaign):
    def damage(file):
        records = Records(file)
        rows = len(records.states())
        begin, size = campaign.distributions()
        data = [(records.begin, RECORD * rows), (begin, size * rows)]
        while True:
            place = campaign.random.randrange(os.path.getsize(file))
            if not any(begin <= place < begin + size for begin, size in data):
                break
        flip(file, place, campaign.random.randrange(8))
    return damaged_store(campaign, damage)


@kind(60, "`pmd_store verify` names run and file; `--repair` computes it again, as any farm does with a run whose record is damaged")
def bit_flipped_in_a_run(campaign):
    def damage(file):
        records = Records(file)
        states = records.states()
        row = campaign.random.choice([row for row in range(len(states)) if states[row] == 1])
        if campaign.random.random() < 0.5:
            position = records.begin + RECORD * row + campaign.random.randrange(512)
        else:
            begin, size = campaign.distributions()
            position = begin + size * row + campaign.random.randrange(size)
        flip(file, position, campaign.random.randrange(8))
    return damaged_store(campaign, damage)


@kind(40, "every program: truncated, it has so many bytes and should have so many; take the backup")
def store_truncated(campaign):
    def damage(file):
        os.truncate(file, campaign.random.randrange(os.path.getsize(file)))
    return damaged_store(campaign, damage)


@kind(60, "not: the run begins anew, as without the file")
def bit_flipped_in_a_checkpoint(campaign):
    """Of a run in flight."""
    campaign.stop()
    before = done_runs(campaign.store)
    farm = campaign.start(options=["--checkpoint-interval", "0.001"])
    found = []
    while farm.running() and not found:
        found = glob.glob(campaign.store + ".run-*.checkpoint")
        time.sleep(0.001)
    farm.kill()
    found = glob.glob(campaign.store + ".run-*.checkpoint")
    if not found:
        return None
    for file in found:
        if size := os.path.getsize(file):
            flip(file, campaign.random.randrange(size), campaign.random.randrange(8))
    return campaign.after_death(before, "")


@kind(40, "`pmd_store timeline` counts lines that it does not understand; nothing else reads it")
def bit_flipped_in_the_journal(campaign):
    campaign.stop()
    journal = campaign.store + ".log.jsonl"
    if not os.path.exists(journal) or not os.path.getsize(journal):
        return None
    before = done_runs(campaign.store)
    flip(journal, campaign.random.randrange(os.path.getsize(journal)), campaign.random.randrange(8))
    timeline = subprocess.run([os.path.join(campaign.programs, "pmd_store"), "timeline", campaign.store], capture_output=True,
                              text=True, errors="replace")
    said = re.search(r"[^\n]*not understood[^\n]*", timeline.stdout + timeline.stderr)
    outcome = campaign.after_death(before, said.group().strip() if said else "")
    # A damaged journal may say wrong times, but no program may fail over it.
    outcome.silent = timeline.returncode not in (0, 1)
    return outcome
