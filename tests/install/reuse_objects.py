"""A compiler launcher for a second build of the same sources: an object that $PMD_REUSE, a build folder that is up to date,
has made by the same command is copied, and everything else is compiled. Ninja calls it as reuse_objects.py COMPILER ARGUMENTS…"""

import json
import os
import pathlib
import shlex
import shutil
import sys


def made_before(command, object_file, other, here):
    """The object file that the build folder `other` made by the same command, or None."""
    def plain(words, folder):
        return [word.replace(str(folder), "@") for word in words]

    # Which headers there are is Ninja's own addition to the command.
    wanted = plain(command[:command.index("-MD")] + command[command.index("-o"):], here)
    for entry in json.loads((other / "compile_commands.json").read_bytes()):
        known = shlex.split(entry["command"])
        if known[known.index("-o") + 1] == object_file:
            break
    else:
        return None
    source = pathlib.Path(entry["file"])
    if source.is_relative_to(other):  # made by CMake
        here_too = (here / source.relative_to(other)).read_text(encoding="utf-8").replace(str(here), "@")
        if here_too != source.read_text(encoding="utf-8").replace(str(other), "@"):
            return None
    made = other / object_file
    return made if plain(known, other) == wanted and made.exists() else None


def main(command):
    if "-MD" in command:
        object_file = command[command.index("-o") + 1]
        made = made_before(command, object_file, pathlib.Path(os.environ["PMD_REUSE"]), pathlib.Path.cwd())
        if made:
            shutil.copyfile(made, object_file)
            pathlib.Path(command[command.index("-MF") + 1]).write_text(f"{object_file}:\n", encoding="utf-8")
            return
    os.execvp(command[0], command)


main(sys.argv[1:])
