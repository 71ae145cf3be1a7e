# SPDX-License-Identifier: MIT
"""Frames that pandas wrote through PyTables (the same objects and attributes, written by h5py): the index is the times,
in the unit that its `kind` names."""
import h5py
import numpy as np
import pytest

import nsr

N, BINS = 80, 12
A = np.random.default_rng(10).random((N, BINS))
SECONDS = np.arange(N) / 40


def frame(path, index, kind, name="N.", key="posterior"):
    """DataFrame.to_hdf(format="fixed")"""
    with h5py.File(path, "w") as file:
        group = file.create_group(key)
        group.attrs.update({"pandas_type": np.bytes_("frame"), "ndim": 2, "nblocks": 1})
        for item, array in {"axis0": np.arange(BINS), "axis1": index, "block0_items": np.arange(BINS),
                            "block0_values": A}.items():
            group[item] = array
            group[item].attrs["transposed"] = np.uint8(1)
        group["axis1"].attrs.update({"kind": np.bytes_(kind), "name": np.bytes_(name)})
    return path


def table(path, key="posterior"):
    """DataFrame.to_hdf(format="table"): records, and an index of PyTables beside them."""
    with h5py.File(path, "w") as file:
        group = file.create_group(key)
        group.attrs.update({"pandas_type": np.bytes_("frame_table"), "table_type": np.bytes_("appendable_frame")})
        rows = np.zeros(N, [("index", "<f8"), ("values_block_0", "<f8", (BINS,))])
        rows["index"], rows["values_block_0"] = SECONDS, A
        group["table"] = rows
        group["_i_table/index/sorted"] = np.tile(SECONDS, (3, 1))
        group["_i_table/index/indices"] = np.tile(np.arange(N, dtype="u4"), (3, 1))
    return path


def stamps(per_second, start=1_700_000_000):
    return start * per_second + np.arange(N) * per_second // 40


INDICES = {
    "float": (SECONDS, "float", "time"),
    "named integers": (np.arange(N), "integer", "time"),
    "datetime64": (stamps(10**9), "datetime64", "N."),
    "datetime64[ns]": (stamps(10**9), "datetime64[ns]", "N."),
    "datetime64[us]": (stamps(10**6), "datetime64[us]", "N."),
    "datetime64[ms]": (stamps(10**3), "datetime64[ms]", "N."),
    "with a time zone": (stamps(10**6), "datetime64[us, UTC]", "N."),
    "timedelta64[ns]": (stamps(10**9, 0), "timedelta64[ns]", "N."),
}


@pytest.mark.parametrize("kind", INDICES)
def test_index_is_the_times(tmp_path, kind):
    path = frame(tmp_path / "a.h5", *INDICES[kind])
    about = nsr.run("info", path, "--json").json
    assert about["fields"][0]["path"] == "/posterior/block0_values"
    assert about["times"]["path"] == "/posterior/axis1"
    assert about["times"]["rate"] == pytest.approx(1 if kind == "named integers" else 40, rel=1e-6)


def test_missing_stamp(tmp_path):
    index = stamps(10**9)
    index[7] = -2**63
    done = nsr.run("plan", frame(tmp_path / "a.h5", index, "datetime64[ns]"), "--grid", "3x4")
    assert any("the time of frame 7 is missing" in line for line in done.warnings), done


def test_numbered_rows_are_no_times(tmp_path):
    path = frame(tmp_path / "a.h5", np.arange(N), "integer")
    assert nsr.run("info", path, "--json").json["times"] is None
    about = nsr.run("info", path, "--json", "--times-from", "/posterior/axis1").json
    assert about["times"]["n"] == N


def test_name_of_a_frame(tmp_path):
    path = frame(tmp_path / "a.h5", stamps(10**6), "datetime64[us]", key="results/posterior")
    for name in ("posterior", "/results/posterior", "block0_values"):
        done = nsr.run("range", path, "--field", name, "--json")
        assert done.json["max"] == A.max()
    nsr.run("render", path, "--grid", "3x4", "--time", "0.5:1", "--format", "hash", "-o", tmp_path / "o.nsr")
    assert nsr.manifest(tmp_path / "o.nsr")["selection"] == {"first": 20, "step": 1, "n": 20}


def several_blocks(path, names=(["a", "b"], ["width", "height", "caf\u00e9", "depth"]), key="results/posterior"):
    """A DataFrame with float and integer columns."""
    frame(path, SECONDS, "float", "time", key=key)
    with h5py.File(path, "a") as file:
        group = file[key]
        for i, (items, kind) in enumerate(zip(names, ("f8", "i8"))):
            for old in (f"block{i}_items", f"block{i}_values"):
                group.pop(old, None)
            group[f"block{i}_items"] = np.array([n.encode() for n in items]) if isinstance(items[0], str) else np.array(items)
            group[f"block{i}_values"] = np.arange(N * (len(items) + 3)).reshape(N, -1)[:, :len(items)].astype(kind)
        group.attrs["nblocks"] = 2
    return path


def test_blocks_are_told_by_their_columns(tmp_path):
    path = several_blocks(tmp_path / "a.h5", (["a", "b", "c", "d"], ["width", "height", "caf\u00e9", "depth", "area"]))
    blocks = ["/results/posterior/block0_values (80 x 4; columns a, b, c and 1 more)",
              "/results/posterior/block1_values (80 x 5; columns width, height, caf\u00e9 and 2 more)"]
    nsr.fails(nsr.DATA, "range", path, says=[*blocks, "choose one with --field"])
    for name in ("posterior", "/results/posterior"):
        nsr.fails(nsr.DATA, "range", path, "--field", name,
                  says=["columns of 2 types", "block0_values (columns a, b", "block1_values (columns width", "--field"])
    assert nsr.run("range", path, "--field", "block1_values", "--json").json["field"].endswith("block1_values")


@pytest.mark.parametrize("names", [([7, 8, 9, 10], [1.5, 2.5, 3.5, 4.5]), (["a" * 300] * 4, ["\u00e9" * 200] * 4)], ids=["numbers", "long"])
def test_names_of_columns(tmp_path, names):
    path = several_blocks(tmp_path / "a.h5", names)
    done = nsr.fails(nsr.DATA, "range", path, says=["block0_values (80 x 4", "block1_values (80 x 4"])
    assert isinstance(names[0][0], str) or "columns 7, 8, 9 and 1 more" in done.err and "columns 1.5, 2.5" in done.err


def test_one_column_and_pickled_names(tmp_path):
    path = several_blocks(tmp_path / "a.h5", (["only"], ["a", "b", "c", "d"]))
    with h5py.File(path, "a") as file:
        group = file["results/posterior"]
        del group["block1_items"]
        group.create_dataset("block1_items", (1,), h5py.vlen_dtype("u1"))[0] = np.frombuffer(b"pickle", "u1")
    nsr.fails(nsr.DATA, "range", path, "--field", "posterior", says=["block0_values (column only), ", "block1_values; choose"])


def test_table_says_how_to_write_it(tmp_path):
    path = table(tmp_path / "a.h5")
    done = nsr.fails(nsr.DATA, "render", path, "-o", tmp_path / "o.nsr", says=["/posterior", "table of pandas"])
    assert "pandas.read_hdf('a.h5', 'posterior').to_hdf('new.h5', key='posterior', format='fixed')" in done.err
    nsr.fails(nsr.DATA, "info", path, "--field", "/posterior/table", says=["compound", "format='fixed'"])
