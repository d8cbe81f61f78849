"""What the tests of installations share."""

import os
import pathlib
import subprocess

SOURCE = pathlib.Path(os.environ["PMD_SOURCE"])
BUILD = pathlib.Path(os.environ["PMD_BUILD"])
PROGRAMS = [name for name in ("pmd_store", "pmd_train", "tdse_farm", "tdse_run") if (BUILD / "bin" / name).exists()]

ENVIRONMENT = {key: value for key, value in os.environ.items() if key != "PMD_CONFIGS"}
ENVIRONMENT.update({"LC_ALL": "C.UTF-8", "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
                    "OMP_NUM_THREADS": "1"})


def run(*command, status=0, **more):
    """The result of a command that is to end with `status`, or any if that is None."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, errors="replace",
                          timeout=600, **{"env": ENVIRONMENT, "cwd": "/", **more})
    if status is not None and done.returncode != status:
        raise AssertionError(f"{' '.join(map(str, command))} ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def options_of(program, *command):
    """Every option in the --help of a program or its command, without the hyphens."""
    options, listed = [], False
    for line in run(program, *command, "--help").stdout.splitlines():
        if line.startswith("Options"):
            listed = True
        elif listed and line.startswith("  -"):
            options.append(line.split("--", 1)[1].split()[0])
        elif listed and not line.startswith(" "):
            break
    return options


def commands_of(program):
    """The commands of a program; [] if it has none."""
    lines = run(program, "--help").stdout.splitlines()
    if "Commands:" not in lines:
        return []
    return [line.split()[0] for line in lines[lines.index("Commands:") + 1:] if line.startswith("  ")]
