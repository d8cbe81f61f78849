#!/usr/bin/env python3
"""read_weights.py FOLDER: the arrays of a model folder, with NumPy and nothing else."""
import json
import sys

import numpy

TYPES = {"F64": numpy.float64, "F32": numpy.float32, "I64": numpy.int64, "I16": numpy.int16, "U8": numpy.uint8}


def read_weights(file_name):
    """Arrays by name from a file of safetensors."""
    with open(file_name, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        data = file.read()
    arrays = {name: numpy.frombuffer(data[slice(*of["data_offsets"])], TYPES[of["dtype"]]).reshape(of["shape"])
              for name, of in header.items() if name != "__metadata__"}
    # Whole multiples of a power of two for each row or column.
    for name in [name for name in arrays if name.endswith(".exponents")]:
        arrays[name.removesuffix(".exponents")] = arrays[name.removesuffix(".exponents")] * numpy.exp2(arrays.pop(name))
    return arrays


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    weights = read_weights(sys.argv[1] + "/best.safetensors")
    for name, array in weights.items():
        print(f"{name}: {array.dtype} {array.shape}, mean {array.mean() if array.size else 0:.4g}")
    print("trainable numbers:", sum(array.size for name, array in weights.items() if name.endswith((".weight", ".bias"))))
