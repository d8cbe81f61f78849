"""The Catch program test_witness under mpirun."""

import unittest

import farm


class Witness(unittest.TestCase):
    def test_ranks(self):
        for ranks, tests in ((1, "*"), (2, "~*whole run*"), (3, "*")):
            with self.subTest(ranks=ranks):
                result = farm.run(ranks, tests)
                self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
                self.assertEqual(result.stdout.count("All tests passed"), ranks)


if __name__ == "__main__":
    farm.main()
