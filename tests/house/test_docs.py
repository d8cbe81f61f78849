#!/usr/bin/env python3
"""Documentation that cannot rot: links and anchors, files that are named, commands and their options, quoted programs.

    test_docs.py [FOLDER]     FOLDER: the programs, whose --help says which options there are"""
import functools
import os
import re
import shlex
import subprocess
import sys
import unittest

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
PROGRAMS = sys.argv.pop(1) if len(sys.argv) > 1 and os.path.isdir(sys.argv[1]) else None
LEFT_OUT = {"build", "output", ".git"}


def pages():
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in LEFT_OUT and not name.startswith(".")]
        yield from (os.path.relpath(os.path.join(folder, name), ROOT) for name in files if name.endswith(".md"))


@functools.lru_cache(maxsize=None)
def text_of(page):
    with open(os.path.join(ROOT, page), encoding="utf-8") as file:
        return file.read()


def blocks(page, language):
    return re.findall(rf"^ *```{language}\n(.*?)^ *```", text_of(page), re.DOTALL | re.MULTILINE)


def prose(page):
    return re.sub(r"^ *```.*?^ *```", "", text_of(page), flags=re.DOTALL | re.MULTILINE)


def anchors(page):
    """As GitHub makes them of headings."""
    found = []
    for heading in re.findall(r"^#+ +(.*)$", prose(page), re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        plain = re.sub(r"[^\w\- ]", "", plain.strip()).replace(" ", "-")
        found.append(plain + (f"-{found.count(plain)}" if plain in found else ""))
    return found


def commands(page):
    """Command lines of the shell blocks, continued lines joined, comments left out."""
    for block in blocks(page, "sh"):
        for line in block.replace("\\\n", " ").splitlines():
            try:
                words = shlex.split(line, comments=True)
            except ValueError:  # a quotation of several lines
                continue
            yield words
    for line in re.findall(r"`([^`\n]+)`", prose(page)):
        if re.match(r"(mpirun |sbatch |jobs/|tests/|pmd_|tdse_)", line) and "…" not in line:
            yield line.split()


@functools.lru_cache(maxsize=None)
def help_of(*command):
    return subprocess.run([os.path.join(PROGRAMS, command[0]), *command[1:], "--help"], capture_output=True, text=True,
                          check=False).stdout


def program_call(words):
    """(program, command of the program if it has one, its words) of one of the four programs or a job script, or None."""
    while words and (re.fullmatch(r"[A-Z_]+=\S*", words[0]) or words[0] in ("setsid", "nice")):
        words = words[1:]
    for i, word in enumerate(words):
        name = os.path.basename(word)
        if i > 0 and words[0] not in ("mpirun", "sbatch"):
            return None
        if name == "generate.slurm":
            return ("tdse_farm",), words[i + 1:]
        if name == "train.slurm":
            rest = words[i + 1:]
            named = bool(rest) and not rest[0].startswith("-")
            return ("pmd_train", rest[0] if named else "train"), rest[1 if named else 0:]
        if name in ("tdse_farm", "tdse_fit", "tdse_run"):
            return (name,), words[i + 1:]
        if name in ("pmd_store", "pmd_train"):
            rest = words[i + 1:]
            return ((name, rest[0]), rest[1:]) if rest and re.fullmatch("[a-z-]+", rest[0]) else ((name,), rest)
    return None


class Docs(unittest.TestCase):
    def test_readme_is_short(self):
        self.assertLessEqual(len(text_of("README.md").splitlines()), 150)

    def test_links_and_anchors(self):
        for page in pages():
            for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
                if re.match(r"[a-z]+:", target):
                    continue
                name, _, anchor = target.partition("#")
                file = os.path.normpath(os.path.join(os.path.dirname(page), name)) if name else page
                with self.subTest(page=page, link=target):
                    self.assertTrue(os.path.exists(os.path.join(ROOT, file)), "no such file")
                    if anchor:
                        self.assertIn(anchor, anchors(file))

    def test_files_that_are_named(self):
        places = r"(?:docs|benchmarks|configs|jobs|slurm|tests|examples|python|apps|cmake|libpmd|libtdse|libml)"
        for page in pages():
            for name in re.findall(rf"`({places}/[\w./-]+)`", prose(page)):
                if "NAME" in name:
                    continue
                base = os.path.dirname(page) if page.startswith("benchmarks/") else ""
                with self.subTest(page=page, file=name):
                    there = [os.path.join(ROOT, folder, name + end) for folder in {"", base}
                             for end in ("", ".hpp", ".cpp", ".yaml")]
                    self.assertTrue(any(map(os.path.exists, there)), "no such file")

    def test_index_has_every_page(self):
        for name in sorted(os.listdir(os.path.join(ROOT, "docs"))):
            if name.endswith(".md") and name != "README.md":
                self.assertIn(f"]({name})", text_of("docs/README.md"), "missing in docs/README.md")

    def test_one_version(self):
        found = {}
        for file, pattern in (("CMakeLists.txt", r"project\(Bondscope VERSION ([\d.]+)"), ("CITATION.cff", r"(?m)^version: (\S+)$"),
                              ("python/bondscope/__init__.py", r'__version__ = "([^"]+)"')):
            with open(os.path.join(ROOT, file), encoding="utf-8") as source:
                found[file] = re.search(pattern, source.read()).group(1)
        self.assertEqual(len(set(found.values())), 1, found)
        self.assertIn(f"## {found['CITATION.cff']}", text_of("CHANGELOG.md"))

    def test_quoted_programs(self):
        [quoted] = blocks("README.md", "cpp")
        with open(os.path.join(ROOT, "examples/one_distribution.cpp"), encoding="utf-8") as file:
            lines = [line.strip() for line in file]
        for line in quoted.splitlines():
            self.assertIn(line.strip(), lines, "not a line of examples/one_distribution.cpp")

    def test_configurations_that_are_named(self):
        kinds = {"--dataset": "datasets", "--preset": "presets", "--recipe": "recipes", "--scratch-recipe": "recipes",
                 "--representation": "representations"}
        for page in pages():
            for words in commands(page):
                for option, value in zip(words, words[1:]):
                    name = re.fullmatch(r"[a-z][a-z_0-9]*", value)
                    if option in kinds and name:
                        with self.subTest(page=page, command=" ".join(words)):
                            file = f"{ROOT}/configs/{kinds[option]}/{value}.yaml"
                            self.assertTrue(os.path.exists(file), f"no {kinds[option]} are called {value}")

    def test_scripts_that_are_called(self):
        for page in pages():
            for words in commands(page):
                script = next((word for word in words if re.match(r"(jobs|tests|benchmarks|slurm|examples|docs)/", word)), None)
                if script and words[0] in (script, "sbatch"):
                    with self.subTest(page=page, command=" ".join(words)):
                        self.assertTrue(os.path.exists(os.path.join(ROOT, script)), "no such script")

    @unittest.skipUnless(PROGRAMS, "no folder with the programs given")
    def test_options(self):
        checked = 0
        for page in pages():
            if page == "CHANGELOG.md":
                continue
            for words in commands(page):
                call = program_call(words)
                if not call or not os.path.exists(os.path.join(PROGRAMS, call[0][0])):
                    continue
                command, rest = call
                with self.subTest(page=page, command=" ".join(words)):
                    text = help_of(*command)
                    self.assertTrue(text, f"{' '.join(command)} has no --help")
                    for option in rest:
                        if option in ("|", ">", "&&", ";", "2>"):
                            break
                        if option.startswith("--") and option not in ("--help", "--version"):
                            self.assertRegex(text, rf"(?m)(^|[\s\[|(]){re.escape(option.partition('=')[0])}(?![\w-])",
                                             f"{' '.join(command)} has no such option")
                            checked += 1
        self.assertGreater(checked, 20, "commands are no longer found")


if __name__ == "__main__":
    unittest.main()
