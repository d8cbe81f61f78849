"""What the tests of installations share."""

import functools
import os
import pathlib
import subprocess

SOURCE = pathlib.Path(os.environ["PMD_SOURCE"])
BUILD = pathlib.Path(os.environ["PMD_BUILD"])
PROGRAMS = [name for name in ("pmd_store", "pmd_train", "tdse_farm", "tdse_fit", "tdse_run") if (BUILD / "bin" / name).exists()]

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


def configure_consumer(prefix, build, components="", status=0):
    """Configures somebody else's project (tests/install/consumer), which is to find Bondscope under `prefix`."""
    return run("cmake", "-S", SOURCE / "tests/install/consumer", "-B", build, "-G", "Ninja", f"-DCOMPONENTS={components}",
               f"-DCMAKE_PREFIX_PATH={prefix}", "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Werror", status=status)


def build_consumer(prefix, build, components=""):
    """The program of that project."""
    configure_consumer(prefix, build, components)
    run("cmake", "--build", build)
    return build / "consumer"


@functools.cache
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


@functools.cache
def commands_of(program):
    """The commands of a program; [] if it has none."""
    lines = run(program, "--help").stdout.splitlines()
    if "Commands:" not in lines:
        return []
    return [line.split()[0] for line in lines[lines.index("Commands:") + 1:] if line.startswith("  ")]
