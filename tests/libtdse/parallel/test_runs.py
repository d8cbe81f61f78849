"""A run has the same bits for every number of ranks and threads, also of part of a job; and it stops as a whole."""

import os
import pathlib
import shutil

import farm

CASES = ("aligned", "tilted", "plain", "late", "outer")


class Runs(farm.FarmTest):
    def lines(self, ranks, *arguments):
        """What every rank says, rank 0 first."""
        result = farm.run(ranks, *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        lines = result.stdout.splitlines()
        self.assertEqual(len(lines), max(ranks, 1), result.stdout)
        return lines

    known = {}

    def serial(self, case):
        if case not in self.known:
            line, = self.lines(0, case, "alone")
            self.assertRegex(line, rf"^{case} [0-9a-f]{{16}} yield ")
            self.known[case] = line
        return self.known[case]

    def test_ranks_and_threads(self):
        for case in CASES:
            reference = self.serial(case)
            for ranks, threads in ((0, 1), (0, 2), (0, 3), (2, 3), (3, 2), (4, 1)):
                with self.subTest(case=case, ranks=ranks, threads=threads):
                    lines = self.lines(ranks, case, f"threads={threads}")
                    self.assertEqual(set(lines), {reference})

    def test_cases_differ(self):
        self.assertEqual(len({self.serial(case).split()[1] for case in CASES}), len(CASES))

    def test_more_ranks_than_groups_of_rows(self):
        # The last stage has 128 rows: eight groups.
        self.assertEqual(set(self.lines(9, "late")), {self.serial("late")})

    def test_parts_of_a_job(self):
        for groups, cases in (((2, 2), ("aligned", "tilted")), ((1, 3), ("late", "outer"))):
            with self.subTest(groups=groups):
                lines = self.lines(4, ",".join(cases), "groups=" + "+".join(map(str, groups)))
                expected = [self.serial(case) for case, ranks in zip(cases, groups) for _ in range(ranks)]
                self.assertEqual(lines, expected)

    def test_one_monitor_stops_all_ranks(self):
        for rank in (0, 2):
            with self.subTest(rank=rank):
                self.assertEqual(set(self.lines(3, "late", f"stop={rank}")), {"late interrupted"})

    def test_only_the_group_that_is_stopped_ends(self):
        lines = self.lines(4, "late,aligned", "groups=2+2", "stop=1")
        self.assertEqual(lines, ["late interrupted"] * 2 + [self.serial("aligned")] * 2)

    def test_what_a_monitor_throws_stops_all_ranks(self):
        lines = self.lines(3, "late", "throw=1")
        self.assertEqual(lines, ["late interrupted", "late error: thrown by a monitor", "late interrupted"])

    def test_a_saved_state_that_one_rank_does_not_find(self):
        # All must begin anew; none may wait for what another does in its place.
        state = os.path.join(self.folder, "state")
        self.assertEqual(set(self.lines(2, "late", "save=" + state, "stop=0")), {"late interrupted"})
        for lost in (1, 0):
            with self.subTest(lost=lost):
                lines = self.lines(2, "late", "save=" + state, f"lost={lost}")
                self.assertEqual(set(lines), {self.serial("late")})

    def test_a_saved_state_that_one_rank_finds_older(self):
        state = os.path.join(self.folder, "state")
        self.assertEqual(set(self.lines(2, "late", "save=" + state, "stop=0")), {"late interrupted"})
        shutil.copy(state, state + ".lost")
        self.lines(2, "late", "save=" + state)
        self.assertNotEqual(pathlib.Path(state).read_bytes(), pathlib.Path(state + ".lost").read_bytes())
        self.assertEqual(set(self.lines(2, "late", "save=" + state, "lost=1")), {self.serial("late")})


if __name__ == "__main__":
    farm.main()
