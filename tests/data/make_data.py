#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Packs the ancestor's recordings (see README.md) for the tests, and adds what h5py reports about them.

usage: make_data.py FOLDER     FOLDER: the whole collection, as its own scripts make it

Every file stays byte for byte as its software wrote it. Made here are only plain/filters.h5, by h5py and hdf5plugin: a
field through each filter that h5py itself does not bring; and nwb/table.nwb, by pynwb: a field beside a table of bins.
These two have other identifiers and dates each time."""
import datetime
import json
import pathlib
import re
import shutil
import sys
import tarfile
import tempfile

import h5py
import hdf5plugin
import hdmf.common
import numpy as np
import pynwb

HERE = pathlib.Path(__file__).resolve().parent
PACKED = ("env", "plain", "nwb", "netcdf", "expected")
CHUNKS = (7, 19)
FILTERS = {1: "gzip", 2: "shuffle", 3: "fletcher32", 4: "szip", 5: "nbit", 6: "scaleoffset", 307: "bzip2", 32000: "lzf",
           32001: "blosc", 32004: "lz4", 32008: "bitshuffle", 32013: "zfp", 32015: "zstd", 32017: "sz",
           32018: "fcidecomp", 32024: "sz3", 32026: "blosc2", 32028: "sperr"}


def pack(name, files, root):
    """The same files always make the same archive."""
    def nobody(info):
        info.uid = info.gid = info.mtime = 0
        info.uname = info.gname = ""
        info.mode = 0o755 if info.isdir() else 0o644
        return info
    with tarfile.open(HERE / f"{name}.tar.xz", "w:xz", preset=9) as archive:
        for path in sorted(files):
            archive.add(path, path.relative_to(root), recursive=False, filter=nobody)


# --- one field through every filter ---

def low_level(file, name, data, datatype, prepare):
    plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    prepare(plan)
    made = h5py.h5d.create(file.id, name.encode(), datatype, h5py.h5s.create_simple(data.shape), plan)
    made.write(h5py.h5s.ALL, h5py.h5s.ALL, np.ascontiguousarray(data))


def nbit(plan):
    plan.set_chunk(CHUNKS)
    plan.set_filter(h5py.h5z.FILTER_NBIT, h5py.h5z.FLAG_OPTIONAL)


def write_filters(path, floats, integers):
    """`floats` in all of them, and `integers` where a filter wants them."""
    blosc = hdf5plugin.Blosc
    known = {"blosc_blosclz": blosc("blosclz", 9, blosc.NOSHUFFLE), "blosc_lz4": blosc("lz4", 5, blosc.SHUFFLE),
             "blosc_zlib": blosc("zlib", 5, blosc.SHUFFLE), "blosc_zstd": blosc("zstd", 5, blosc.BITSHUFFLE),
             "lz4": hdf5plugin.LZ4(), "zstd": hdf5plugin.Zstd(), "szip": "szip"}
    foreign = {"bitshuffle": hdf5plugin.Bitshuffle(), "bzip2": hdf5plugin.BZip2(), "blosc2": hdf5plugin.Blosc2(),
               "zfp": hdf5plugin.Zfp(reversible=True), "sz": hdf5plugin.SZ(absolute=0.01),
               "sz3": hdf5plugin.SZ3(absolute=0.01)}
    finite = np.nan_to_num(floats, posinf=0, neginf=0)  # some of the foreign ones fail otherwise
    twenty_bits = h5py.h5t.STD_I32LE.copy()
    twenty_bits.set_precision(20)
    with h5py.File(path, "w", libver=("earliest", "v108")) as file:
        for name, filter_ in {**known, **foreign}.items():
            data = floats if name in known else finite
            file.create_dataset(name, data=data, chunks=CHUNKS, compression=filter_)
        file.create_dataset("lz4_shuffle", data=floats, chunks=CHUNKS, shuffle=True, compression=hdf5plugin.LZ4())
        file.create_dataset("sperr", data=finite, chunks=floats.shape, compression=hdf5plugin.Sperr(rate=4))
        file.create_dataset("fcidecomp", data=abs(integers).astype("u2"), chunks=CHUNKS,
                            compression=hdf5plugin.FciDecomp())
        low_level(file, "compact", floats, h5py.h5t.IEEE_F32LE, lambda plan: plan.set_layout(h5py.h5d.COMPACT))
        low_level(file, "nbit", integers, twenty_bits, nbit)
    return [*known, "lz4_shuffle", "compact"], ["nbit"], [*foreign, "sperr", "fcidecomp"]


def add_filters(root, entries):
    """Facts of filters.h5: those of the fields that were taken. Names of the filters that are not known here."""
    like = {e["dataset"]: e for e in entries if e["file"] == "plain/storage.h5"}
    with h5py.File(root / "plain/storage.h5") as file:
        floats, integers = file["f4_contiguous"][:], file["i4_scaleoffset"][:]
    of_floats, of_integers, foreign = write_filters(root / "plain/filters.h5", floats, integers)
    for names, source in ((of_floats, "f4_contiguous"), (of_integers, "i4_scaleoffset")):
        entries += [{**like[source], "file": "plain/filters.h5", "dataset": name, "note": f"as {source}"}
                    for name in names]
    return foreign


# --- a table of bins ---

def write_table(path, values, centers):
    """As decoders leave their output that do not know environments: where each bin is, in a table beside the series."""
    file = pynwb.NWBFile(session_description="made up", identifier="table", session_start_time=datetime.datetime(
        2024, 3, 5, tzinfo=datetime.timezone.utc))
    module = file.create_processing_module("decode", "a posterior and its bins")
    module.add(pynwb.TimeSeries(name="posterior", data=values, unit="probability", starting_time=3.0, rate=25.0))
    module.add(hdmf.common.DynamicTable(name="bins", description="of the posterior", columns=[
        hdmf.common.VectorData(name=f"{axis}_position", description="centre", data=centers[:, i].copy())
        for i, axis in enumerate("xy")]))
    with pynwb.NWBHDF5IO(path, "w") as io:
        io.write(file, cache_spec=False)


# --- facts ---

def filters_of(data):
    plan = data.id.get_create_plist()
    return "+".join(FILTERS[plan.get_filter(i)[0]] for i in range(plan.get_nfilters()))


def times_of(file, path, known):
    """The clock of a field: as its writer names it, else beside the field or in the root; None without one."""
    data, beside = file[path], file[path.rpartition("/")[0] or "/"]
    found = [known["frame_times"]] if "frame_times" in known else [
        group[name][:] for group in (beside, file) for name in ("timestamps", "frame_times", "time") if name in group]
    if not found and "starting_time" in beside:
        start = beside["starting_time"]
        found = [start[()] + np.arange(len(data)) / start.attrs["rate"]]
    if not found:
        return None
    times, steps = found[0], np.diff(found[0])
    return {"n": len(times), "first": float(times[0]), "last": float(times[-1]),
            "regular": bool(np.allclose(steps, steps.mean(), rtol=1e-3)) if len(steps) else None}


def facts(root, entry):
    """As h5py sees it: what info must say of the field."""
    path, state = re.fullmatch(r"(.*?)(?:\[state=(.*)\])?", entry["dataset"]).groups()
    with h5py.File(root / entry["file"]) as file:
        data = file[path]
        stored = {"path": "/" + path, "shape": list(data.shape), "chunks": list(data.chunks) if data.chunks else None,
                  "filters": filters_of(data), "dtype": data.dtype.str}
        times = times_of(file, path, np.load(root / entry["expected"]))
    return {**entry, "stored": stored, "state": state, "times": times}


def write_lines(path, entries):
    path.write_text("[\n" + ",\n".join(map(json.dumps, entries)) + "\n]\n")


def recordings(collection):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name in PACKED:
            shutil.copytree(collection / name, root / name)
        shutil.copytree(collection / "broken", root / "broken")
        entries = json.loads((collection / "index.json").read_text())
        foreign = add_filters(root, entries)
        with h5py.File(root / "plain/storage.h5") as file:
            write_table(root / "nwb/table.nwb", file["f4_contiguous"][:],
                        np.load(root / "expected/geometry/grid.npz")["bin_centers"])
        entries = [facts(root, entry) for entry in entries]
        write_lines(HERE / "fields.json", entries)
        (HERE / "foreign.json").write_text(json.dumps(foreign) + "\n")
        for name in PACKED:
            pack(name, (root / name).rglob("*"), root)


# --- unusable files ---

def broken(collection):
    """Damaged fields as they are; damaged environments, which are large but much the same, packed."""
    cases = json.loads((collection / "expected/broken.json").read_text())
    environments = {name: case for name, case in cases.items() if " + " in name or name.startswith("nwb_")}
    (HERE / "broken").mkdir(exist_ok=True)
    for name in [*(cases.keys() - environments.keys()), "intact.h5"]:
        source, target = collection / "broken" / name, HERE / "broken" / name
        if source.is_dir():
            shutil.copytree(source, target, copy_function=shutil.copyfile, dirs_exist_ok=True)
        elif source.is_file():
            shutil.copyfile(source, target)
    fields = {name: case for name, case in cases.items() if name not in environments}
    (HERE / "broken.json").write_text(json.dumps(fields, indent=1) + "\n")
    (HERE / "broken_environments.json").write_text(json.dumps(environments, indent=1) + "\n")
    pack("broken_environments", [path for pattern in ("env_*", "nwb_*", "good_fields.h5")
                                 for path in (collection / "broken").glob(pattern)], collection)


if __name__ == "__main__":
    recordings(pathlib.Path(sys.argv[1]))
    broken(pathlib.Path(sys.argv[1]))
