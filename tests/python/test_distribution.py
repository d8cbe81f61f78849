"""python/bondscope as others get it: installed by pip without a network, and with type hints that hold."""
import importlib.util
import shutil
import subprocess
import sys
import unittest

from module import ROOT, Case


def run(*command, **more):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=300, **more)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))} ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


class Distribution(Case):
    @unittest.skipUnless(importlib.util.find_spec("ensurepip") and importlib.util.find_spec("wheel"),
                         "python3-venv or python3-wheel is not installed")
    def test_pip_installs_it(self):
        # As docs/python.md says. pip builds inside the folder, which is the user's and not the tests'.
        shutil.copytree(ROOT / "python", self.folder / "python", ignore=shutil.ignore_patterns("__pycache__"))
        environment = self.folder / "environment"
        run(sys.executable, "-m", "venv", "--system-site-packages", environment)
        python = environment / "bin/python"
        run(python, "-m", "pip", "install", "--no-index", "--no-build-isolation", "--no-deps", self.folder / "python")
        said = run(python, "-I", "-c", "import bondscope, importlib.metadata as installed\n"
                   "print(bondscope.__file__, bondscope.__version__, installed.version('bondscope'), sep='\\n')",
                   cwd="/").split()
        self.assertTrue(said[0].startswith(str(environment)), said[0])
        project = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8").split("project(Bondscope VERSION ")[1].split()[0]
        self.assertEqual(said[1:], [project, project])
        self.assertEqual(len(list(environment.glob("lib/python3*/site-packages/bondscope/py.typed"))), 1)

    @unittest.skipUnless(importlib.util.find_spec("mypy"), "mypy is not installed")
    def test_its_type_hints_hold(self):
        said = run(sys.executable, "-m", "mypy", "--cache-dir", self.folder / "cache", cwd=ROOT / "python")
        self.assertIn("no issues found", said)


if __name__ == "__main__":
    unittest.main(verbosity=2)
