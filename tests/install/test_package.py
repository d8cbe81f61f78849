"""The Debian packages as jobs/package makes them, without FFTW: what is in them, what they depend on, their licence; installed,
the programs run, and a program of somebody else is built on the libraries."""

import os
import pathlib
import re
import sys
import tempfile
import unittest

from installation import BUILD, ENVIRONMENT, PROGRAMS, SOURCE, build_consumer, run

CACHE = dict(re.findall(r"(?m)^(\w+):\w+=(.*)$", (BUILD / "CMakeCache.txt").read_text(encoding="utf-8")))


def make_packages(build):
    """Those of the preset `package`; only what FFTW changes is compiled anew."""
    same = ("PMD_BUILD_FARM", "PMD_BUILD_TRAINER", "PMD_NATIVE", "PMD_UNITY", "CMAKE_C_COMPILER", "CMAKE_CXX_COMPILER", "CMAKE_PREFIX_PATH",
            "CMAKE_CXX_FLAGS", "CMAKE_CXX_FLAGS_RELEASE")
    launcher = f"{sys.executable};{pathlib.Path(__file__).with_name('reuse_objects.py')}"
    run("cmake", "--preset", "package", "-B", build, f"-DCMAKE_CXX_COMPILER_LAUNCHER={launcher}",
        *(f"-D{name}={CACHE[name]}" for name in same if name in CACHE), cwd=SOURCE)
    run("cmake", "--build", build, "--target", "programs", env={**ENVIRONMENT, "PMD_REUSE": str(BUILD)})
    run("cpack", "-D", "CPACK_DEBIAN_COMPRESSION_TYPE=gzip", cwd=build)
    return {path.name.split("_")[0]: path for path in build.glob("*.deb")}


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = pathlib.Path(temporary.name)
        cls.build = cls.folder / "build"
        cls.packages = make_packages(cls.build)
        # Installed as dpkg does it, but in a folder, which has none of what they depend on.
        cls.root = cls.folder / "root"
        (cls.root / "var/lib/dpkg/updates").mkdir(parents=True)
        (cls.root / "var/lib/dpkg/info").mkdir()
        (cls.root / "var/lib/dpkg/status").touch()
        cls.dpkg("--force-depends", "--install", *cls.packages.values())

    @classmethod
    def dpkg(cls, *arguments):
        as_root = [] if os.geteuid() == 0 else ["unshare", "--map-root-user"]
        environment = {**ENVIRONMENT, "PATH": f"{ENVIRONMENT['PATH']}:/usr/sbin:/sbin"}
        return run(*as_root, "dpkg", f"--root={cls.root}", "--force-not-root", "--log=/dev/null", *arguments, env=environment).stdout

    def field(self, package, name):
        return run("dpkg-deb", "-f", self.packages[package], name).stdout.strip()

    def files(self, package):
        return self.dpkg("--listfiles", package).splitlines()

    def test_they_say_what_they_are(self):
        self.assertEqual(set(self.packages), {"bondscope", "libbondscope-dev"})
        version = run(self.root / "usr/bin/pmd_store", "--version").stdout.split()[1]
        for package in self.packages:
            self.assertEqual(self.field(package, "Package"), package)
            self.assertEqual(self.field(package, "Version"), version)
            self.assertIn("install ok installed", self.dpkg("--status", package))
        depends = self.field("bondscope", "Depends")
        for package in ("libhdf5-openmpi", "libyaml-cpp", "gnuplot-nox", "openmpi-bin"):
            self.assertIn(package, depends)
        self.assertEqual("libtorch" in depends, "pmd_train" in PROGRAMS)
        depends = self.field("libbondscope-dev", "Depends")
        for package in (f"bondscope (= {version})", "libyaml-cpp-dev", "libfmt-dev", "pkg-config"):
            self.assertIn(package, depends)

    def test_nothing_else_is_needed_where_they_were_built(self):
        said = run("apt-get", "install", "--simulate", "--no-install-recommends", "--allow-downgrades", *self.packages.values()).stdout
        self.assertEqual(sorted(re.findall(r"(?m)^Inst (\S+)", said)), sorted(self.packages))

    def test_they_have_what_belongs_into_them(self):
        files = set(self.files("bondscope"))
        expected = {f"/usr/bin/{name}" for name in PROGRAMS}
        expected |= {f"/usr/share/man/man1/{name}.1" for name in PROGRAMS}
        expected |= {f"/usr/share/bash-completion/completions/{name}" for name in PROGRAMS}
        expected |= {"/usr/share/bondscope/configs/presets/quick.yaml", "/usr/share/doc/bondscope/copyright",
                     "/usr/lib/python3/dist-packages/bondscope/__init__.py"}
        self.assertEqual(expected - files, set())
        self.assertEqual([file for file in files if file.endswith((".a", ".hpp", ".cmake"))], [])
        development = self.files("libbondscope-dev")
        for name in ("/libbondscope_store.a", "/include/bondscope/libpmd/store/store.hpp", "/BondscopeConfig.cmake"):
            self.assertTrue(any(file.endswith(name) for file in development), name)
        self.assertEqual([file for file in development if file.startswith("/usr/bin")], [])

    def test_nothing_in_them_is_under_the_GPL(self):
        linked = "".join(run("ldd", self.root / "usr/bin" / name).stdout for name in PROGRAMS)
        self.assertNotIn("fftw", linked)
        for package in self.packages:
            copyright = (self.root / f"usr/share/doc/{package}/copyright").read_text(encoding="utf-8")
            self.assertIn("License: BSD-3-clause\n", copyright)
            self.assertIn("Redistribution and use in source and binary forms", copyright)
            self.assertNotIn("GPL-2", copyright)
            self.assertNotIn("fftw", self.field(package, "Depends"))
            self.assertEqual([file for file in self.files(package) if "witness" in file], [])
        # Built with FFTW they say so.
        with_fftw = "License: BSD-3-clause and GPL-2+\n" in (BUILD / "copyright").read_text(encoding="utf-8")
        self.assertEqual(with_fftw, CACHE["PMD_FFTW"] == "ON")

    @unittest.skipUnless("tdse_run" in PROGRAMS, "no solver in this build")
    def test_the_programs_run(self):
        store = self.folder / "one.h5"
        run(self.root / "usr/bin/tdse_run", "--preset", "quick", "--output", store)
        self.assertIn("ok", run(self.root / "usr/bin/pmd_store", "verify", store).stdout)
        refused = run(self.root / "usr/bin/tdse_run", "--preset", "quick", "--check", "--output", self.folder / "two.h5", status=1)
        self.assertIn("not part of this build", refused.stderr)

    def test_others_build_on_the_libraries(self):
        program = build_consumer(self.root / "usr", self.folder / "consumer")
        said = run(program).stdout
        self.assertIn("the data set demo has 240 runs", said)
        if "tdse_run" in PROGRAMS:
            self.assertRegex(said, r"the first takes \d+ stages")
        if "pmd_train" in PROGRAMS:
            self.assertRegex(said, r"a network of \d+ numbers")
        self.assertNotIn("fftw", run("ldd", program).stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
