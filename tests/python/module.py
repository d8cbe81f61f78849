"""What the tests of python/bondscope have in common."""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "tests/fixtures/formats/v2"
sys.path.insert(0, str(ROOT / "python"))


def call(program, *arguments):
    """Runs a program that the environment names."""
    done = subprocess.run([os.environ[program], *map(str, arguments)], capture_output=True, text=True, timeout=100)
    if done.returncode != 0:
        raise AssertionError(f"{program} {arguments}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = pathlib.Path(temporary.name)


def flip(file, byte):
    """Changes one bit of a file."""
    with open(file, "r+b") as opened:
        opened.seek(byte)
        value = opened.read(1)[0]
        opened.seek(byte)
        opened.write(bytes([value ^ 4]))
