"""Which samples are trained on, which select the best epoch, and which test: the rule of pmd_train."""
from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import Sequence

import numpy as np

from bondscope.generator import Random

ANY, TRAINING, TEST = 0, 1, 2


@dataclass(frozen=True)
class Split:
    """Rows, each part ascending."""
    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    unused: np.ndarray  #: of the training part, beyond the number asked for


def split_rows(rows: Sequence[int], roots: Sequence[Sequence[int]], use: Sequence[int], seed: int,
               train_fraction: float = 0.75, validation_fraction: float = 0.0, train_runs: int = 0) -> Split:
    """Splits `rows`, of which each has the computed runs behind it and what it may be used for. Rows that have a computed
    run in common stay together; those marked for tests or training go there (libml/data/split.hpp)."""
    if not 0 < train_fraction <= 1 or not 0 <= validation_fraction < 1:
        raise ValueError("train_fraction must be above 0 and up to 1, validation_fraction from 0 and below 1")
    unmarked: list[list[int]] = []
    training: list[int] = []
    test: list[int] = []
    group_of: dict[int, int] = {}
    for group in _groups(roots):
        group_of.update((i, group[0]) for i in group)
        marks = {use[i] for i in group}
        if TRAINING in marks and TEST in marks:
            raise ValueError(f"row {rows[group[0]]} and others are marked, some for training and some for tests, but "
                             "were made from the same computed runs")
        (training if TRAINING in marks else test).extend(group) if marks - {ANY} else unmarked.append(group)
    training.sort()

    learners: list[int] = []
    split_off = _part(sum(map(len, unmarked)), train_fraction)
    for i in Random(seed, "split").permutation(len(unmarked)):
        (learners if len(learners) < split_off else test).extend(unmarked[i])
    if training:
        learners += training
        order = Random(seed, "split, marked for training").permutation(len(learners))
        learners = [learners[i] for i in order]
    wanted = _part(len(learners), validation_fraction)
    if validation_fraction > 0:
        wanted = max(wanted, 1)
    sizes = Counter(group_of[i] for i in learners)
    groups: set[int] = set()
    taken = 0
    for i in reversed(learners):
        if taken < wanted and group_of[i] not in groups:
            groups.add(group_of[i])
            taken += sizes[group_of[i]]
    validation = [i for i in learners if group_of[i] in groups]
    train = [i for i in learners if group_of[i] not in groups]
    if len(train) < 2 or len(test) < 2:
        raise ValueError(f"{len(rows)} samples are too few: at least 2 to train on and 2 to test are needed")
    if train_runs > len(train):
        raise ValueError(f"there are {len(train)} samples to train on; train_runs asks for {train_runs}")
    kept = train_runs or len(train)
    if train_runs:
        train.sort(key=lambda i: len(roots[i]) > 1)  # computed runs before what was made of several

    def chosen(positions: list[int]) -> np.ndarray:
        return np.array(sorted(rows[i] for i in positions), int)
    return Split(chosen(train[:kept]), chosen(validation), chosen(test), chosen(train[kept:]))


def _part(n: int, fraction: float) -> int:
    return min(n, math.floor(n * fraction + 0.5))


def _groups(roots: Sequence[Sequence[int]]) -> list[list[int]]:
    """Positions that have a root in common, directly or through others, in the order of their first ones."""
    parent = list(range(len(roots)))

    def find(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i
    user: dict[int, int] = {}
    for i, own in enumerate(roots):
        for root in own:
            a, b = find(i), find(user.setdefault(root, i))
            parent[max(a, b)] = min(a, b)
    groups: dict[int, list[int]] = {}
    for i in range(len(roots)):
        groups.setdefault(find(i), []).append(i)
    return list(groups.values())
