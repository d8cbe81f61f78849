"""The Catch program test_parts under mpirun."""

import unittest

import farm


class Parts(unittest.TestCase):
    def test_ranks(self):
        for ranks in (0, 2, 3, 4):
            with self.subTest(ranks=ranks):
                result = farm.run(ranks)
                self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
                self.assertEqual(result.stdout.count("All tests passed"), max(ranks, 1))


if __name__ == "__main__":
    farm.main()
