#!/usr/bin/env python3
"""The direction of dependency: who includes whom, who links whom, and whether they may.

  dependencies.py check [--links FILE]   every rule below; status 1 names each place that breaks one
  dependencies.py graph                  the rooms by floor and what each includes, as text
  dependencies.py draw PICTURE.png       the same as a picture (needs gnuplot)
  dependencies.py self-test              breaks every rule in a small tree and sees that the check finds it

A floor is a folder (libpmd/base, libpmd, libtdse, libml, apps), a room a folder in it. The rules:
  - a floor includes itself and what FLOORS allows: the halves libtdse and libml never meet;
  - files form no circle, and neither do rooms;
  - a room links (transitively) the rooms that it includes, no room of a floor that it may not include, and directly
    none that it does not include.
FILE is written by cmake/libraries.cmake: a line "room: libraries that it links" for each room and program.
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
FLOORS = {
    "libpmd/base": set(),
    "libpmd": {"libpmd/base"},
    "libtdse": {"libpmd/base", "libpmd"},
    "libml": {"libpmd/base", "libpmd"},
    "apps": {"libpmd/base", "libpmd", "libtdse", "libml"},
}
# Which floors a program may link: none needs both halves.
PROGRAMS = {
    "pmd_store": {"libpmd/base", "libpmd"},
    "pmd_train": {"libpmd/base", "libpmd", "libml"},
    "tdse_farm": {"libpmd/base", "libpmd", "libtdse"},
    "tdse_fit": {"libpmd/base", "libpmd", "libtdse"},
    "tdse_run": {"libpmd/base", "libpmd", "libtdse"},
}
OTHERS = ("benchmarks", "tests")  # may include everything, but form no circle of files either


def floor_of(file):
    """The floor of a file's path below the root; None for tests and benchmarks."""
    if file.parts[:2] == ("libpmd", "base"):
        return "libpmd/base"
    return file.parts[0] if file.parts[0] in FLOORS else None


def room_of(file):
    """The room of a file: the folder below its floor; apps are one room, and a file on the floor itself is in none."""
    floor = floor_of(file)
    if floor is None or floor == "apps":
        return floor
    depth = floor.count("/") + 1
    return file.parts[depth] if len(file.parts) > depth + 1 else None


class House:
    """The source files below a root, the files that each includes, and the links of the libraries."""

    def __init__(self, root, links=None):
        self.root = root
        self.files = sorted(path.relative_to(root) for top in {*(floor.split("/")[0] for floor in FLOORS), *OTHERS}
                            for path in (root / top).rglob("*.[ch]pp"))
        known = set(self.files)
        self.includes = {file: sorted(set(self._included(file)) & known) for file in self.files}
        self.floor = {room_of(file): floor_of(file) for file in self.files if room_of(file)}
        self.rooms = {room: {} for room in self.floor}  # room -> room that it includes -> one include, for messages
        for file, included in self.includes.items():
            for other in included:
                if room_of(file) and room_of(other) and room_of(file) != room_of(other):
                    self.rooms[room_of(file)].setdefault(room_of(other), f"{file} includes {other}")
        self.links = read_links(links) if links else None

    def _included(self, file):
        text = (self.root / file).read_text(encoding="utf-8")
        for quoted, outside in re.findall(r'^\s*#\s*include\s+(?:"([^"]+)"|<bondscope/([^>]+)>)', text, re.M):
            beside = file.parent / quoted
            yield beside if quoted and (self.root / beside).exists() else pathlib.Path(quoted or outside)

    def breaches(self):
        """Every breach of a rule, as a line of text."""
        found = []
        for file, included in self.includes.items():
            floor = floor_of(file)
            for other in included if floor else ():
                if floor_of(other) != floor and floor_of(other) not in FLOORS[floor]:
                    found.append(f"{file} includes {other}: {floor} may not see {floor_of(other) or other.parts[0]}")
        for circle in circles(self.includes):
            found.append("circle of files: " + ", ".join(map(str, circle)))
        for circle in circles(self.rooms):
            examples = [self.rooms[a][b] for a in circle for b in circle if b in self.rooms[a]]
            found.append(f"circle of rooms: {', '.join(circle)} ({'; '.join(examples)})")
        return found + (self._broken_links() if self.links else [])

    def _broken_links(self):
        found = []
        for room, floor in self.floor.items():
            if floor == "apps":
                continue
            if room not in self.links:
                found.append(f"{floor}/{room} is a folder without a library Bondscope::{room}")
                continue
            linked = reached(self.links, room)
            for other in sorted(set(self.rooms[room]) - linked):
                found.append(f"Bondscope::{room} does not link Bondscope::{other}, but {self.rooms[room][other]}")
            for other in sorted(self.links[room] & set(self.rooms) - set(self.rooms[room])):
                found.append(f"Bondscope::{room} links Bondscope::{other}, but includes nothing of it")
            found += self._forbidden(f"Bondscope::{room}", linked, FLOORS[floor] | {floor})
        for program, floors in PROGRAMS.items():
            found += self._forbidden(program, reached(self.links, program), floors)
        return found

    def _forbidden(self, name, linked, floors):
        return [f"{name} links Bondscope::{room}, a room of {self.floor[room]}"
                for room in sorted(linked) if room in self.floor and self.floor[room] not in floors]


def read_links(file):
    links = {}
    for line in pathlib.Path(file).read_text(encoding="utf-8").splitlines():
        name, _, linked = line.partition(":")
        links[name] = {re.sub(r"^(Bondscope::|bondscope_)", "", library) for library in re.split(r"[;\s]+", linked.strip())}
    return links


def reached(graph, start):
    """All that can be reached from start."""
    found, left = set(), [start]
    while left:
        for node in graph.get(left.pop(), ()):
            if node not in found:
                found.add(node)
                left.append(node)
    return found


def circles(graph):
    """The sets of nodes that reach each other, each as a sorted list."""
    reach = {node: reached(graph, node) for node in graph}
    found = {tuple(sorted(other for other in reach[node] if node in reach.get(other, ()))) for node in graph}
    return sorted(list(circle) for circle in found if circle)


def heights(house):
    """How many steps a room stands above its floor: rooms of one height never see each other."""
    height = {}

    def of(room):
        if room not in height:
            beside = [other for other in house.rooms[room] if house.floor[other] == house.floor[room]]
            height[room] = 1 + max(map(of, beside), default=-1)
        return height[room]

    for room in house.rooms:
        of(room)
    return height


def print_graph(house):
    for floor in reversed(FLOORS):
        print(floor)
        for room in sorted((room for room in house.rooms if house.floor[room] == floor), key=heights(house).get):
            name = room if room != floor else "programs"
            print(f"  {name:14} {' '.join(sorted(house.rooms[room])) or '-'}")


def draw(house, picture):
    """Rooms as boxes on their floors, an arrow to each room that is included and not reached on another way; but for
    libpmd/base, where everything stands."""
    below = {room: [other for other in others
                    if not any(other in reached(house.rooms, third) for third in others)
                    and (house.floor[other] != "libpmd/base" or house.floor[room] == "libpmd/base")]
             for room, others in house.rooms.items()}
    level = heights(house)
    place, bands = {}, []
    bottom = 0.0
    for row in (["libpmd/base"], ["libpmd"], ["libtdse", "libml"], ["apps"]):
        left, top = 0.0, bottom
        for floor in row:
            rooms = sorted(room for room in house.rooms if house.floor[room] == floor)
            if not rooms:
                continue
            shelves = [[room for room in rooms if level[room] == step] for step in range(1 + max(map(level.get, rooms)))]
            width = 12.0 / len(row)
            for step, shelf in enumerate(shelves):
                for column, room in enumerate(shelf):
                    place[room] = (left + width * (column + 1) / (len(shelf) + 1), bottom + 0.7 + step)
            top = max(top, bottom + 0.4 + len(shelves))
            bands.append((floor, left, left + width - 0.1, bottom))
            left += width
        bands = [band if len(band) == 5 else (*band, top) for band in bands]
        bottom = top + 0.4
    lines = [f"set terminal pngcairo size 1200,{int(75 * bottom)} font 'sans,11'", f"set output '{picture}'", "unset key",
             "unset border", "unset tics", "set margins 1,1,1,1", "set xrange [-0.1:12.1]", f"set yrange [-0.1:{bottom}]"]
    for floor, left, right, low, high in bands:
        lines += [f"set object rectangle from {left},{low} to {right},{high} fillcolor '#eef2f7' fillstyle noborder behind",
                  f"set label '{floor}' at {left + 0.1},{high - 0.15} textcolor '#5a6b7f' font 'sans,12'"]
    for room, (x, y) in place.items():
        if house.floor[room] != room:
            lines += [f"set object rectangle center {x},{y} size 1.14,0.44 fillcolor 'white' front",
                      f"set label '{room}' at {x},{y} center front"]
        else:
            lines.append(f"set label 'pmd\\_store   pmd\\_train   tdse\\_farm   tdse\\_run' at {x},{y} center front")
        lines += [f"set arrow from {x},{y - 0.22} to {place[other][0]},{place[other][1] + 0.22} size 0.1,15 filled "
                  "linecolor '#8a99ab' back" for other in below[room]]
    subprocess.run(["gnuplot"], input="\n".join([*lines, "plot NaN", ""]), text=True, check=True)


def self_test():
    """Each breach planted alone must be found, and a tree that keeps the rules must pass."""
    sound = {
        "libpmd/base/text/number.hpp": "",
        "libpmd/store/store.hpp": '#include "libpmd/base/text/number.hpp"',
        "libtdse/solver/run.hpp": '#include "libpmd/store/store.hpp"',
        "libml/data/samples.hpp": "#include <bondscope/libpmd/store/store.hpp>",
        "apps/run.cpp": '#include "libtdse/solver/run.hpp"\n#include "libml/data/samples.hpp"',
    }
    links = {"text": "", "store": "Bondscope::text", "solver": "Bondscope::store", "data": "Bondscope::store",
             "pmd_store": "Bondscope::store", "pmd_train": "Bondscope::data", "tdse_farm": "Bondscope::solver",
             "tdse_fit": "Bondscope::solver",
             "tdse_run": "Bondscope::solver"}
    planted = [
        ({}, {}, None),
        ({"libpmd/base/text/number.hpp": '#include "libpmd/store/store.hpp"'}, {}, "libpmd/base may not see libpmd"),
        ({"libpmd/store/run.hpp": '#include "libtdse/solver/run.hpp"'}, {}, "libpmd may not see libtdse"),
        ({"libpmd/store/run.hpp": '#include "libml/data/samples.hpp"'}, {}, "libpmd may not see libml"),
        ({"libml/data/run.cpp": "#  include <bondscope/libtdse/solver/run.hpp>"}, {}, "libml may not see libtdse"),
        ({"libtdse/solver/run.cpp": '#include "libml/data/samples.hpp"'}, {}, "libtdse may not see libml"),
        ({"tests/a.hpp": '#include "b.hpp"', "tests/b.hpp": '#include "a.hpp"'}, {}, "circle of files"),
        ({"libpmd/model/a.hpp": '#include "libpmd/store/store.hpp"',
          "libpmd/store/b.hpp": '#include "libpmd/model/a.hpp"'}, {"model": "Bondscope::store"}, "circle of rooms"),
        ({}, {"text": None}, "folder without a library"),
        ({}, {"store": ""}, "does not link Bondscope::text"),
        ({}, {"solver": "Bondscope::store Bondscope::text"}, "includes nothing of it"),
        ({}, {"data": "Bondscope::store bondscope_solver"}, "Bondscope::data links Bondscope::solver"),
        ({}, {"pmd_store": "Bondscope::data"}, "pmd_store links Bondscope::data"),
    ]
    for files, changed, expected in planted:
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name, text in {**sound, **files}.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text, encoding="utf-8")
            lines = [f"{name}: {linked}" for name, linked in {**links, **changed}.items() if linked is not None]
            (root / "links.txt").write_text("\n".join(lines), encoding="utf-8")
            found = House(root, root / "links.txt").breaches()
        if (expected is None and found) or (expected and not any(expected in line for line in found)):
            sys.exit(f"planted {files or changed or 'nothing'}: expected {expected}, found {found}")
    print(f"{len(planted) - 1} planted breaches were found")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["check", "graph", "draw", "self-test"])
    parser.add_argument("picture", nargs="?")
    parser.add_argument("--links")
    options = parser.parse_args()
    if options.command == "self-test":
        return self_test()
    house = House(ROOT, options.links)
    if options.command == "graph":
        return print_graph(house)
    if options.command == "draw":
        return draw(house, options.picture or parser.error("draw needs the name of a picture"))
    breaches = house.breaches()
    print("\n".join(breaches) or f"{len(house.files)} files in {len(house.rooms)} rooms: every dependency points down")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
