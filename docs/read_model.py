#!/usr/bin/env python3
"""Reads the weights of a model folder with NumPy alone: read_model.py FOLDER"""
import json
import sys

import numpy

TYPES = {"F64": "<f8", "I64": "<i8", "F32": "<f4", "U8": "u1"}


def read_safetensors(name):
    with open(name, "rb") as file:
        content = file.read()
    begin = 8 + int.from_bytes(content[:8], "little")
    arrays = {}
    for key, entry in json.loads(content[8:begin]).items():
        if key != "__metadata__":
            first, last = entry["data_offsets"]
            arrays[key] = numpy.frombuffer(content[begin + first:begin + last],
                                           TYPES[entry["dtype"]]).reshape(entry["shape"])
    return arrays


if __name__ == "__main__":
    for array, values in read_safetensors(sys.argv[1] + "/best.safetensors").items():
        print(array, values.dtype, values.shape)
