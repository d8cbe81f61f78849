"""cmake --install: into any folder, and from there to another; what others build on it; manuals and completion."""

import pathlib
import re
import shutil
import tempfile
import unittest

from installation import (BUILD, ENVIRONMENT, PROGRAMS, SOURCE, build_consumer, commands_of, configure_consumer, options_of,
                          run)


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.temporary.cleanup)
        folder = pathlib.Path(cls.temporary.name)
        run("cmake", "--install", BUILD, "--prefix", folder / "first")
        # Whatever it is found by must be relative.
        cls.prefix = folder / "moved elsewhere"
        shutil.move(folder / "first", cls.prefix)
        cls.folder = folder

    def program(self, name):
        return self.prefix / "bin" / name

    # The programs

    def test_programs_find_their_configurations(self):
        for kind in (SOURCE / "configs").iterdir():
            if kind.is_dir():
                self.assertEqual(sorted(path.name for path in kind.iterdir()),
                                 sorted(path.name for path in (self.prefix / "share/bondscope/configs" / kind.name).iterdir()))
        if "tdse_run" in PROGRAMS:
            store = self.folder / "one.h5"
            run(self.program("tdse_run"), "--preset", "quick", "--output", store)
            self.assertIn("1 of 1 done", run(self.program("pmd_store"), "info", store).stdout)
            # $PMD_CONFIGS comes first, the installation's are there as well.
            own = self.folder / "own" / "presets"
            own.mkdir(parents=True)
            (own / "quicker.yaml").write_text("name: quicker\n")
            wrong = run(self.program("tdse_run"), "--preset", "quickest", "--output", self.folder / "none.h5", status=1,
                        env={**ENVIRONMENT, "PMD_CONFIGS": str(own.parent)})
            self.assertIn("quicker", wrong.stderr)
            self.assertIn("production", wrong.stderr)

    def test_nothing_knows_where_it_was_built(self):
        for path in self.prefix.rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                for place in {str(SOURCE), str(BUILD)}:
                    self.assertNotIn(place.encode() + b"/", content, path)

    def test_jobs_find_their_parts(self):
        for job in ("generate", "train"):
            self.assertIn("sbatch", run(self.prefix / f"share/bondscope/jobs/{job}.slurm", "--help").stdout)
        self.assertTrue((self.prefix / "share/bondscope/slurm/job.sh").exists())
        self.assertTrue((self.prefix / "share/bondscope/models/measured/model.json").exists())

    def test_the_python_module_is_there(self):
        where = self.prefix / "lib/python3/dist-packages"
        said = run("/usr/bin/python3", "-c", "import bondscope; print(bondscope.__file__)", env={**ENVIRONMENT, "PYTHONPATH": str(where)})
        self.assertEqual(said.stdout.strip(), str(where / "bondscope/__init__.py"))

    # Other projects

    def test_a_consumer_of_stores_needs_nothing_else(self):
        program = build_consumer(self.prefix, self.folder / "stores", "libpmd")
        self.assertEqual(run(program).stdout, "the data set demo has 240 runs\n")
        libraries = run("ldd", program).stdout
        self.assertIn("hdf5", libraries)
        for other in ("torch", "opencv", "fftw"):
            self.assertNotIn(other, libraries)

    def test_a_consumer_of_everything_is_configured(self):
        # test_package.py builds and runs it.
        self.assertNotIn("Warning", configure_consumer(self.prefix, self.folder / "everything").stderr)

    def test_a_component_that_is_not_there(self):
        said = configure_consumer(self.prefix, self.folder / "none", "libnone", status=1).stderr
        self.assertIn("there is no component libnone in this installation", " ".join(said.split()))

    # Manuals and completion

    def test_manuals_have_every_option(self):
        for program in PROGRAMS:
            page = self.prefix / f"share/man/man1/{program}.1"
            self.assertEqual(run("groff", "-k", "-man", "-ww", "-z", page).stderr, "")
            shown = run("man", "--warnings=w", "-l", page, env={**ENVIRONMENT, "MANWIDTH": "120", "MAN_KEEP_FORMATTING": ""})
            self.assertEqual(shown.stderr, "")
            text = shown.stdout
            for heading in ("NAME", "SYNOPSIS", "DESCRIPTION", "SEE ALSO"):
                self.assertRegex(text, rf"(?m)^{heading}$")
            commands = commands_of(self.program(program))
            sections = {(): text}
            for command in commands:
                title = f"{program} {command}"
                self.assertEqual(len(re.findall(rf"(?m)^{title}$", text)), 1, program)
                sections[(command,)] = re.split(r"(?m)^\S", text.split(f"\n{title}\n")[1])[0]
            for command, section in sections.items():
                if command or not commands:
                    for option in options_of(self.program(program), *command):
                        self.assertRegex(section, rf"(?m)^\s+--{option}\b", f"{program} {command}")

    def completed(self, program, *words):
        script = f'''source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _{program}; printf '%s\\n' "${{COMPREPLY[@]}}"'''
        file = self.prefix / f"share/bash-completion/completions/{program}"
        return run("bash", "-uc", script, "bash", file, self.program(program), *words).stdout.split()

    def test_every_option_is_completed(self):
        for program in PROGRAMS:
            commands = commands_of(self.program(program))
            for command in commands or [None]:
                words = [command] if command else []
                options = options_of(self.program(program), *words)
                self.assertEqual(self.completed(program, *words, "--"), [f"--{option}" for option in options])
            if commands:
                self.assertEqual(self.completed(program, ""), commands + ["--help", "--version"])
        self.assertEqual(self.completed("pmd_store", "ren"), ["render"])
        self.assertEqual(self.completed("pmd_store", "render", "--per"), ["--per-sheet"])
        self.assertEqual(self.completed("pmd_store", "render", "--kind", ""), ["pmd", "image", "both"])
        self.assertEqual(self.completed("pmd_store", "render", ""), [])  # files, by the shell
        if "tdse_farm" in PROGRAMS:
            presets = sorted(path.stem for path in (SOURCE / "configs/presets").iterdir())
            self.assertEqual(self.completed("tdse_farm", "--preset", ""), presets)


if __name__ == "__main__":
    unittest.main(verbosity=2)
