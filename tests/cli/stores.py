"""What the tests of pmd_store share: an invented store, copied for each test, and what the program says about it."""

import os
import pathlib
import shutil
import struct
import subprocess
import tempfile
import unittest

PMD_STORE = os.environ["PMD_STORE"]
MAKE_SYNTHETIC_STORE = os.environ["MAKE_SYNTHETIC_STORE"]


def run(*arguments, **options):
    return subprocess.run([PMD_STORE, *map(str, arguments)], capture_output=True, text=True, timeout=60, **options)


def make_store(file, *arguments):
    subprocess.run([MAKE_SYNTHETIC_STORE, file, *map(str, arguments)], check=True)


def flip(file, offset):
    """One bit of the byte there."""
    with open(file, "r+b") as opened:
        opened.seek(offset)
        byte = opened.read(1)[0]
        opened.seek(offset)
        opened.write(bytes([byte ^ 16]))


def png_size(file):
    header = pathlib.Path(file).read_bytes()[:24]
    assert header[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", header[16:24])


class StoreTest(unittest.TestCase):
    """Each test has a folder of its own and, there, a store of 40 runs, 36 of them done."""

    @classmethod
    def setUpClass(cls):
        cls.templates = tempfile.TemporaryDirectory()
        cls.template = pathlib.Path(cls.templates.name, "template.h5")
        make_store(cls.template, 40, 36)

    @classmethod
    def tearDownClass(cls):
        cls.templates.cleanup()

    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = pathlib.Path(self.temporary.name)
        self.store = self.folder / "base.h5"
        shutil.copy(self.template, self.store)

    def expect(self, code, *arguments, says=(), **options):
        result = run(*arguments, **options)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        if code in (1, 2):
            self.assertEqual(result.stdout, "")
            self.assertRegex(result.stderr, r"\Aerror: [^\n]+\n\Z")
        for text in says:
            self.assertIn(text, result.stdout + result.stderr)
        return result
