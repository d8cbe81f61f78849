"""The Debian package of the programs: what is in it, what it depends on, its licence; and its programs run."""

import pathlib
import tempfile
import unittest

from installation import BUILD, PROGRAMS, run


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.temporary.cleanup)
        folder = pathlib.Path(cls.temporary.name)
        run("cpack", "--config", BUILD / "CPackConfig.cmake", "-B", folder / "made", "-D", "CPACK_COMPONENTS_ALL=programs",
            "-D", "CPACK_DEBIAN_COMPRESSION_TYPE=gzip", cwd=folder)
        cls.packages = list((folder / "made").glob("*.deb"))
        cls.root = folder / "root"
        run("dpkg-deb", "-x", cls.packages[0], cls.root)

    def field(self, name):
        return run("dpkg-deb", "-f", self.packages[0], name).stdout.strip()

    def test_it_says_what_it_is(self):
        self.assertEqual(len(self.packages), 1)
        self.assertEqual(self.field("Package"), "bondscope")
        self.assertEqual(self.field("Version"), run(self.root / "usr/bin/pmd_store", "--version").stdout.split()[1])
        depends = self.field("Depends")
        for package in ("libhdf5-openmpi", "libyaml-cpp", "gnuplot-nox", "openmpi-bin"):
            self.assertIn(package, depends)
        self.assertEqual("libtorch" in depends, "pmd_train" in PROGRAMS)

    def test_it_has_what_belongs_into_it(self):
        files = {str(path.relative_to(self.root)) for path in self.root.rglob("*") if path.is_file()}
        expected = {f"usr/bin/{name}" for name in PROGRAMS}
        expected |= {f"usr/share/man/man1/{name}.1" for name in PROGRAMS}
        expected |= {f"usr/share/bash-completion/completions/{name}" for name in PROGRAMS}
        expected |= {"usr/share/bondscope/configs/presets/quick.yaml", "usr/share/doc/bondscope/copyright"}
        self.assertEqual(expected - files, set())
        self.assertEqual([file for file in files if file.endswith((".a", ".hpp", ".cmake"))], [])

    def test_its_licence_is_that_of_what_is_linked(self):
        linked = "".join(run("ldd", self.root / "usr/bin" / name).stdout for name in PROGRAMS)
        copyright = (self.root / "usr/share/doc/bondscope/copyright").read_text(encoding="utf-8")
        self.assertIn("Redistribution and use in source and binary forms", copyright)
        self.assertEqual("libfftw3" in linked, "License: BSD-3-clause and GPL-2+" in copyright)
        self.assertEqual("fftw" in self.field("Depends"), "libfftw3" in linked)

    @unittest.skipUnless("tdse_run" in PROGRAMS, "no solver in this build")
    def test_its_programs_run(self):
        store = pathlib.Path(self.temporary.name) / "one.h5"
        run(self.root / "usr/bin/tdse_run", "--preset", "quick", "--output", store)
        self.assertIn("ok", run(self.root / "usr/bin/pmd_store", "verify", store).stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
