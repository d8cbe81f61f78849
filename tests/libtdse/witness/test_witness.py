"""The Catch program test_witness under mpirun."""

import unittest

import farm


class Witness(unittest.TestCase):
    def test_ranks(self):
        # Whole runs on one rank: half a minute each; tdse_run --check has one on two (parallel_program).
        short = "~[long]"
        for ranks, tests in ((1, "*"), (2, short), (3, short)):
            with self.subTest(ranks=ranks):
                result = farm.run(ranks, tests)
                self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
                self.assertEqual(result.stdout.count("All tests passed"), ranks)


if __name__ == "__main__":
    farm.main()
