#!/usr/bin/env python3
"""Verifies stores of format 3 and images files of format 2 without Bondscope: verify_file.py FILE...

Needs h5py and xxhash (Debian: python3-h5py, python3-xxhash). docs/formats.md explains what is hashed."""
import struct
import sys

import h5py
import numpy
import xxhash

COMMON = ["R", "intensity_w_cm2", "cep", "angle"]
DIAGNOSTICS = ["ground_state_energy", "ground_state_residual", "yield", "absorbed", "pmd_max", "noise_floor",
               "wall_seconds", "steps"]
ARRAYS = ["amplitude", "counts", "uncertainty", "mask"]


def text(value):
    value = value if isinstance(value, bytes) else value.encode()
    return struct.pack("<Q", len(value)) + value


def check_user_block(name):
    file = numpy.memmap(name, numpy.uint8, "r")
    magic, version, ranges, size, skeleton, own = struct.unpack_from("<16sIIQQQ", file)
    assert (magic, version, size) == (b"BONDSCOPE-HDF5\r\n", 1, len(file)), "not a complete file with a user block"
    end = 4096
    while file[end:end + 8].tobytes() != b"\x89HDF\r\n\x1a\n":
        end *= 2
    assert xxhash.xxh3_64_intdigest(file[:40].tobytes() + bytes(8) + file[48:end].tobytes()) == own, "user block"
    digest = xxhash.xxh3_64()
    for i in range(ranges):
        begin, length = struct.unpack_from("<QQ", file, 48 + 16 * i)
        digest.update(file[end:begin])
        end = begin + length
    digest.update(file[end:])
    assert digest.intdigest() == skeleton, "skeleton"


def record_checksum(record, row, description_checksum):
    clean = numpy.zeros(1, record.dtype)
    for field in record.dtype.names:
        if field != "record_checksum":
            clean[field] = record[field]
    return xxhash.xxh3_64_intdigest(clean.tobytes()[:512] + struct.pack("<QQ", row, description_checksum))


def distribution(file, row):
    """A row of /pmd; in a compact store restored from its roots."""
    pmd = file["pmd"][row]
    if file.attrs["kind"] != b"compact":
        return pmd
    roots = numpy.cumsum(pmd, axis=0, dtype=numpy.uint8)  # differences along kx, modulo 256
    if file["compact/mirrored"][row]:
        half = roots.shape[1] // 2
        roots[:, :half] = roots[:, ::-1][:, :half]
    squares = (roots.astype(float) * file["compact/scale"][row]) ** 2
    return (squares * squares).astype(numpy.float32)


def payload_checksum(file, record, row):
    parameters = file["parameters"]
    digest = xxhash.xxh3_64(text(parameters["molecule"][row]))
    for name in COMMON:
        digest.update(struct.pack("<d", parameters[name][row]))
    for name in sorted(set(parameters) - {"molecule", *COMMON}):
        digest.update(text(name) + struct.pack("<d", parameters[name][row]))
    for name in DIAGNOSTICS:
        digest.update(struct.pack("<d", record[name]))
    digest.update(distribution(file, row).tobytes())
    fields = [name for name in record.dtype.names if record.dtype[name] == "<f8"]
    for name in fields[len(DIAGNOSTICS):]:
        if record[name] != 0:
            digest.update(text(name) + struct.pack("<d", record[name]))
    for name in ARRAYS:
        if name in file and any(values := file[name][row].tobytes()):
            digest.update(text(name) + values)
    for name in sorted(file.get("unknown", ())):
        if file["unknown"][name][row]:
            digest.update(text("unknown " + name))
    if "measured" in file and file["measured"][row]:
        digest.update(text("measured"))
    return digest.intdigest()


def verify(name):
    check_user_block(name)
    with h5py.File(name, "r") as file:
        if file.attrs["format"] == b"tdse-pmd-images":
            for image in file["images"].values():
                for pixels, checksum in zip(image["pixels"], image["checksum"]):
                    assert xxhash.xxh3_64_intdigest(pixels.tobytes()) == checksum, image.name
            return f"{len(file['run'])} images intact"
        done = 0
        for row, record in enumerate(file["runs/record"]):
            if record.tobytes().strip(b"\0"):  # else never touched
                assert record_checksum(record, row, file.attrs["description_checksum"]) == record["record_checksum"], \
                    f"record of run {file['run'][row]}"
            if record["state"] == 1:
                assert payload_checksum(file, record, row) == record["payload_checksum"], f"run {file['run'][row]}"
                done += 1
        return f"{done} of {len(file['run'])} runs done and intact"


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        print(f"{argument}: {verify(argument)}")
