#!/usr/bin/env python3
"""Names in unnamed namespaces that two files of one room share.

  unnamed.py              every one, with its files; status 1 if there is any
  unnamed.py self-test    makes some in a small tree and sees that they are found

The files of a room are compiled together (PMD_UNITY in cmake/libraries.cmake). Two things of one name are an error of the
compiler then, but two functions that differ in their parameters become overloads of each other, and a call may mean
another one than when its file is compiled alone. Aliases that are declared the same may share a name.
"""
import collections
import pathlib
import re
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
FLOORS = ("libpmd", "libtdse", "libml")
KIND = r"(?:class|struct|union|enum(?: class)?|concept)"


def names(text):
    """(namespace, name, declaration) of what stands at the left margin of unnamed namespaces."""
    around, unnamed = "", False
    for line in text.splitlines():
        if opened := re.match(r"namespace ([\w:]+) \{", line):
            around = opened.group(1)
        elif re.match(r"namespace \{", line):
            unnamed = True
        elif re.match(r"\}  // namespace$", line):
            unnamed = False
        elif unnamed and re.match(r"[A-Za-z\[]", line) and not re.match(r"using namespace|using [\w:]+::\w+;|template|static_assert", line):
            if found := re.match(rf"(?:{KIND}|using|namespace) (\w+)", line):
                yield around, found.group(1), line
            elif found := re.match(r"[^=({]*?[\s*&](\w+)\s*\(", line):
                yield around, found.group(1), line
            else:
                for name in re.findall(r"[\s*&]([A-Za-z_]\w*)(?:\[[^\]]*\])?\s*(?:=|;|\{)", line):
                    yield around, name, line


def compiled_alone(root, room, file):
    """Kernels are compiled otherwise, and a room may say which folder of it stays out."""
    listed = root / room / "CMakeLists.txt"
    text = listed.read_text(encoding="utf-8") if listed.exists() else ""
    return file.name == "kernels.cpp" or any(file.match(pattern) for pattern in re.findall(r"^file\(GLOB .* (\S+)\)", text, re.M))


def shared(root):
    rooms = collections.defaultdict(lambda: collections.defaultdict(set))
    for file in sorted(path.relative_to(root) for floor in FLOORS for path in (root / floor).rglob("*.cpp")):
        room = pathlib.Path(*file.parts[: 3 if file.parts[1] == "base" else 2])
        if not compiled_alone(root, room, file):
            for around, name, line in names((root / file).read_text(encoding="utf-8")):
                rooms[room, around][name].add((file, line))
    for (room, around), found in sorted(rooms.items()):
        for name, places in sorted(found.items()):
            aliases = all(re.match(r"(using|namespace) ", line) for _, line in places) and len({line for _, line in places}) == 1
            if len({file for file, _ in places}) > 1 and not aliases:
                yield f"{name} in the unnamed namespaces of " + " and ".join(sorted({str(file) for file, _ in places}))


def self_test():
    with tempfile.TemporaryDirectory() as folder:
        room = pathlib.Path(folder) / "libpmd" / "room"
        room.mkdir(parents=True)
        (room / "CMakeLists.txt").write_text("", encoding="utf-8")
        same = "namespace fs = std::filesystem;\n"
        for file, own in {"a.cpp": "int twice(int x) {\n  return 2 * x;\n}\nconstexpr int most = 3, least = 1;\nusing Row = int;\n",
                          "b.cpp": "int twice(double x) {\n  return 3 * x;\n}\nconstexpr double least = 2;\nusing Row = long;\n"}.items():
            (room / file).write_text(f"namespace bondscope {{\nnamespace {{\n{same}{own}}}  // namespace\n}}\n", encoding="utf-8")
        found = [line.split()[0] for line in shared(pathlib.Path(folder))]
        if found != ["Row", "least", "twice"]:
            sys.exit(f"error: found {found}; expected Row, least and twice")


if __name__ == "__main__":
    if sys.argv[1:] == ["self-test"]:
        self_test()
    elif breaches := list(shared(ROOT)):
        sys.exit("\n".join(breaches) + "\nerror: rename one of each, since the files of a room are compiled together")
