# SPDX-License-Identifier: MIT
"""What MATLAB and pynwb leave: bins first, times as a matrix of one row, whole pictures without a known orientation,
decomposed series with a table of their bins. And which words a user gets where a file cannot be taken as it is."""
import datetime
import json
import os

import h5py
import numpy as np
import pytest

import nsr
from environments import grid, save
from geometry import check_centers, fields, write_nwb

FRAMES, BINS = 12, 24
VALUES = np.random.default_rng(5).random((FRAMES, BINS)).astype("f4")
TIMES = 5 + np.arange(FRAMES) / 25


def matlab(path, **arrays):
    """A MAT-file of version 7.3: 512 bytes of MATLAB's own, every array a matrix with its dimensions reversed."""
    with h5py.File(path, "w", userblock_size=512) as file:
        for name, array in arrays.items():
            file[name] = array
            file[name].attrs["MATLAB_class"] = np.bytes_(b"char" if array.dtype == "u2" else b"double")
    return path


def plain(path, **arrays):
    with h5py.File(path, "w") as file:
        for name, array in arrays.items():
            file[name] = array
    return path


def hashes(path, *words, threads=1):
    """The bundle of a field, by its pictures."""
    out = path.with_name(f"{path.stem}-{len(list(path.parent.iterdir()))}.nsr")
    nsr.run("render", path, *words, "-o", out, "--format", "hash", "--threads", threads)
    return out


# --- MATLAB ---

@pytest.mark.parametrize("shape", [(1, -1), (-1, 1)])
def test_matlab(tmp_path, shape):
    """Bins first by the times, which are a matrix; other vectors and texts are no fields."""
    mat = matlab(tmp_path / "a.mat", p=VALUES.T.astype("f8"), time=TIMES.reshape(shape), x=np.arange(6.0).reshape(shape),
                 note=np.frombuffer("words words ".encode("utf-16le"), "u2").reshape(1, -1))
    info = nsr.run("info", mat, "--json").json
    assert [f["path"] for f in info["fields"]] == ["/p"]
    assert info["fields"][0]["bins_first"] and info["fields"][0]["shape"] == [FRAMES, BINS]
    times = info["times"]
    assert (times["path"], times["n"], times["first"], times["regular"]) == ("/time", FRAMES, TIMES[0], True)
    assert times["last"] == TIMES[-1]
    usual = plain(tmp_path / "b.h5", p=VALUES.astype("f8"), time=TIMES)
    nsr.assert_same(hashes(mat, "--grid", "4x6"), hashes(usual, "--grid", "4x6"))


@pytest.mark.parametrize("shape", [(1, -1), (-1, 1)])
def test_named_times_of_a_matrix(tmp_path, shape):
    mat = matlab(tmp_path / "a.mat", p=VALUES.T, clock=TIMES.reshape(shape))
    info = nsr.run("info", mat, "--times-from", "clock", "--json").json
    assert info["times"]["n"] == FRAMES and info["fields"][0]["bins_first"]
    out = tmp_path / "o.nsr"
    nsr.run("render", mat, "--grid", "4x6", "--times-from", "clock", "--time", "0.08:0.2", "--format", "hash", "-o", out)
    assert nsr.manifest(out)["selection"] == {"first": 2, "step": 1, "n": 3}


def test_a_real_matrix_is_no_list_of_times(tmp_path):
    both = plain(tmp_path / "a.h5", p=VALUES, clock=np.ones((2, FRAMES)))
    nsr.fails(nsr.DATA, "range", both, "--field", "p", "--times-from", "clock", says=["clock", "2-D: 2 x 12"])


def test_bins_first_is_read_once(tmp_path):
    """Contiguous values of a bin are read in parts, and no part by two threads."""
    values = np.random.default_rng(1).random((300, 5000)).astype("f4")
    path = plain(tmp_path / "a.h5", p=values)
    out = {n: hashes(path, "--grid", "15x20", threads=n) for n in (1, 2, 3)}
    for n, bundle in out.items():
        assert nsr.manifest(bundle)["run"]["bytes_read"] == values.nbytes, f"{n} threads"
        nsr.assert_same(bundle, out[1])


# --- the environment decides which dimension is that of the bins ---

def forms(folder):
    """The same environment in every form, and --grid."""
    centers, arrays, about = grid()
    save(folder / "env", "RegularGrid", (centers, arrays, about))
    write_nwb(folder / "e.nwb", "RegularGrid", (centers, arrays, about), fields(len(centers)))
    return {"name": folder / "env", "json": folder / "env.json", "npz": folder / "env.npz", "nwb": folder / "e.nwb",
            "place": f"{folder / 'e.nwb'}:/scratch/spatial_environment"}


@pytest.mark.parametrize("bins", [13, 15])
def test_bins_first_by_the_environment(tmp_path, bins):
    """So many bins, or so many cells, whatever form the environment has."""
    values = np.random.default_rng(2).random((8, bins)).astype("f4")
    last, first = plain(tmp_path / "last.h5", p=values.T), plain(tmp_path / "first.h5", p=values)
    for form, name in forms(tmp_path).items():
        done = nsr.run("range", last, "--environment", name, "--json")
        assert (done.json["n_frames"], done.json["n_bins"]) == (8, 13), form
        assert done.json["min"] == nsr.run("range", first, "--environment", name, "--json").json["min"]
        assert "bins first" in done.err and os.path.basename(str(name)) in done.err, form


def test_bins_that_fit_both_ways(tmp_path):
    square = plain(tmp_path / "a.h5", p=np.ones((13, 13), "f4"))
    done = nsr.run("range", square, "--environment", forms(tmp_path)["place"])
    assert any("fit both ways" in line for line in done.warnings)


# --- which way is up ---

def pictures(values, mask, turn, fill=np.nan):
    """Frames of whole pictures, x slow and y fast, then turned."""
    cube = np.full((len(values), *mask.shape), fill, "f4")
    cube[:, mask] = values
    return np.ascontiguousarray(turn(cube))


TURNS = {"txy": lambda c: c, "tyx": lambda c: c.transpose(0, 2, 1), "top down": lambda c: c.transpose(0, 2, 1)[:, ::-1],
         "right to left": lambda c: c[:, ::-1], "both": lambda c: c.transpose(0, 2, 1)[:, ::-1, ::-1]}


def square():
    """4 x 4 cells, of which three are no bins, in no symmetric places."""
    edges = np.arange(5.0)
    mask = np.ones((4, 4), bool)
    mask[0, 0] = mask[0, 1] = mask[2, 3] = False
    centers = np.stack(np.meshgrid(edges[:-1] + 0.5, edges[:-1] + 0.5, indexing="ij"), -1)[mask]
    return centers, {"active_mask": mask, "grid_edges_0": edges, "grid_edges_1": edges}, {"grid_shape": [4, 4]}


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("made", [grid, square])
def test_orientation_by_values(tmp_path, made, turn):
    """No data where there are no bins: only one way round fits."""
    centers, arrays, about = made()
    pair, values = save(tmp_path / "env", "RegularGrid", (centers, arrays, about)), fields(len(centers))
    path = plain(tmp_path / "a.h5", p=pictures(values, arrays["active_mask"], TURNS[turn]))
    out = tmp_path / "o.nsr"
    done = nsr.run("render", path, "--environment", pair, "-o", out, "--format", "png", "--size", "200x200", ranks=2)
    check_centers(out, centers, values)
    assert ("highest y first" in done.err) == (turn in ("top down", "both"))
    assert ("highest x first" in done.err) == (turn in ("right to left", "both"))


@pytest.mark.parametrize("words, turn", [(("--origin", "upper"), "top down"), (("--origin", "lower"), "tyx"),
                                         (("--axes", "txy"), "txy"), (("--axes", "tyx", "--origin", "upper"), "top down")])
def test_orientation_that_is_given(tmp_path, words, turn):
    """Values everywhere: nothing shows the orientation, so the user gives it."""
    centers, arrays, about = square()
    pair, values = save(tmp_path / "env", "RegularGrid", (centers, arrays, about)), fields(len(centers))
    path = plain(tmp_path / "a.h5", p=pictures(values, arrays["active_mask"], TURNS[turn], 99))
    out = tmp_path / "o.nsr"
    nsr.run("render", path, "--environment", pair, *words, "-o", out, "--format", "png", "--size", "200x200")
    check_centers(out, centers, values)


def test_a_grid_without_holes_is_turned_over_too(tmp_path):
    centers, arrays, about = square()
    arrays["active_mask"][:] = True
    centers = np.stack(np.meshgrid(np.arange(4) + 0.5, np.arange(4) + 0.5, indexing="ij"), -1).reshape(-1, 2)
    pair, values = save(tmp_path / "env", "RegularGrid", (centers, arrays, about)), fields(16)
    path = plain(tmp_path / "a.h5", p=pictures(values, arrays["active_mask"], TURNS["top down"]))
    out = tmp_path / "o.nsr"
    nsr.run("render", path, "--environment", pair, "--origin", "upper", "-o", out, "--format", "png", "--size", "200x200")
    check_centers(out, centers, values)


def test_coordinates_that_decrease(tmp_path):
    """Scales of the field's dimensions say it without a look at values."""
    centers, arrays, about = square()
    pair, values = save(tmp_path / "env", "RegularGrid", (centers, arrays, about)), fields(len(centers))
    path = plain(tmp_path / "a.h5", p=pictures(values, arrays["active_mask"], TURNS["top down"], 99),
                 x=np.arange(4) + 0.5, y=np.arange(4)[::-1] + 0.5)
    with h5py.File(path, "r+") as file:
        for i, name in enumerate("yx"):
            file[name].make_scale(name)
            file["p"].dims[i + 1].attach_scale(file[name])
    out = tmp_path / "o.nsr"
    nsr.run("render", path, "--field", "p", "--environment", pair, "-o", out, "--format", "png", "--size", "200x200")
    check_centers(out, centers, values)


def test_axes_that_cannot_be(tmp_path):
    centers, arrays, about = grid()
    pair = save(tmp_path / "env", "RegularGrid", (centers, arrays, about))
    path = plain(tmp_path / "a.h5", p=pictures(fields(len(centers)), arrays["active_mask"], TURNS["tyx"]))
    nsr.fails(nsr.DATA, "range", path, "--environment", pair, "--axes", "txy", says=["--axes txy", "other way round"])


# --- decomposed series ---

def nwb_file(path, *objects):
    pynwb = pytest.importorskip("pynwb")
    nwb = pynwb.NWBFile(session_description="s", identifier="1",
                        session_start_time=datetime.datetime(2024, 3, 5, tzinfo=datetime.timezone.utc))
    module = nwb.create_processing_module("decode", "a decoder's")
    for one in objects:
        module.add(one)
    with pynwb.NWBHDF5IO(path, "w") as io:
        io.write(nwb)
    return path


def decomposed(data, name="posterior"):
    misc = pytest.importorskip("pynwb.misc")
    bands = getattr(misc, "FrequencyBandsTable", None)
    if not bands:
        pytest.skip("another generation of pynwb")
    bands = bands()
    for i in range(data.shape[2]):
        bands.add_row(band_name=f"bin {i}", band_limits=(2.0 * i, 2.0 * i + 2))
    return misc.DecompositionSeries(name=name, data=data, metric="probability", unit="probability", bands=bands,
                                    starting_time=3.0, rate=10.0)


def bins_table(**columns):
    common = pytest.importorskip("hdmf.common")
    return common.DynamicTable(name="bins", description="of a decoder", columns=[
        common.VectorData(name=name, description=name, data=data) for name, data in columns.items()])


def series(data):
    return pytest.importorskip("pynwb").TimeSeries(name="posterior", data=data, unit="probability", timestamps=TIMES)


@pytest.mark.filterwarnings("ignore")
def test_one_channel_of_bands(tmp_path):
    """(time, 1, bin): the bands are the bins, their limits the strip."""
    path = nwb_file(tmp_path / "a.nwb", decomposed(VALUES[:, None]))
    info = nsr.run("info", path, "--json").json
    assert info["environment"]["n_bins"] == BINS and info["environment"]["from"].endswith("/posterior/bands")
    assert info["times"]["first"] == 3 and info["times"]["rate"] == 10
    have = nsr.run("range", path, "--json").json
    assert (have["n_frames"], have["n_bins"], have["min"], have["max"]) == (FRAMES, BINS, VALUES.min(), VALUES.max())
    out = tmp_path / "o.nsr"
    nsr.run("render", path, "-o", out, "--format", "png", "--size", "240x100")
    centers = np.c_[2 * np.arange(BINS) + 1.0, np.full(BINS, 2 * BINS / 20)]
    geometry = nsr.manifest(out)["geometry"]
    column = np.array(geometry["affine"])[0] @ np.c_[centers, np.ones(BINS)].T
    assert (np.diff(column) > 0).all() and 0 < column[0] and column[-1] < geometry["width"]


@pytest.mark.filterwarnings("ignore")
def test_channels_of_bands(tmp_path):
    """(time, channel, bin): nothing is shown unasked; --state takes one, or their sum."""
    cube = np.random.default_rng(4).random((FRAMES, 3, BINS))
    path = nwb_file(tmp_path / "a.nwb", decomposed(cube))
    words = ["DecompositionSeries of 3 channels and 24 bands", "--state"]
    nsr.fails(nsr.DATA, "info", path, says=words)
    nsr.fails(nsr.USAGE, "range", path, "--field", "posterior", says=words)
    nsr.fails(nsr.USAGE, "range", path, "--field", "posterior", "--state", "3", says="0 to 2")
    told = nsr.run("info", path, "--field", "posterior", "--json").json
    assert told["fields"][0]["shape"] == [FRAMES, 3, BINS] and "--state" in told["environment_problem"]
    for state, want in (("1", cube[:, 1]), ("sum", cube.sum(1))):
        have = nsr.run("range", path, "--field", "posterior", "--state", state, "--json").json
        assert have["n_bins"] == BINS and abs(have["max"] - want.max()) < 1e-12 and abs(have["min"] - want.min()) < 1e-12


@pytest.mark.filterwarnings("ignore")
def test_another_series_is_shown_before_channels(tmp_path):
    cube = np.random.default_rng(4).random((FRAMES, 3, 8))
    path = nwb_file(tmp_path / "a.nwb", decomposed(cube, "lfp"), series(VALUES), bins_table(x=np.arange(24.0)))
    assert [f["path"] for f in nsr.run("info", path, "--json").json["fields"]] == ["/processing/decode/posterior/data"]


def test_a_table_of_bins(tmp_path):
    """A series beside a table that has a row for every bin: places in the plane, or along a track."""
    x, y = (a.ravel() * 2.0 for a in np.mgrid[:6, :4])
    path = nwb_file(tmp_path / "a.nwb", series(VALUES), bins_table(x_position=x, y_position=y))
    out = tmp_path / "o.nsr"
    nsr.run("render", path, "-o", out, "--format", "png", "--size", "200x200")
    check_centers(out, np.c_[x, y], VALUES)
    path = nwb_file(tmp_path / "b.nwb", series(VALUES), bins_table(linear_position=np.arange(24.0)))
    assert nsr.run("info", path, "--json").json["environment"]["nx"] == BINS


def test_state_of_a_series_without_channels(tmp_path):
    path = nwb_file(tmp_path / "a.nwb", series(VALUES))
    nsr.fails(nsr.USAGE, "range", path, "--state", "sum", says="has no states")


# --- words ---

def test_newer_than_the_library(tmp_path):
    """Named or not: which objects, which library, what to do."""
    with h5py.File(tmp_path / "a.h5", "w", libver="latest") as file:
        file.create_dataset("p", data=VALUES, chunks=(4, 24), compression="gzip")
    if nsr.run("range", tmp_path / "a.h5", "--field", "p", code=None).code == nsr.OK:
        pytest.skip("this HDF5 reads what that of h5py writes")
    words = ["/p", "cannot be opened by HDF5", "h5repack", "libver='v110'"]
    for command in ("info", "range"):
        for field in ((), ("--field", "p")):
            nsr.fails(nsr.DATA, command, tmp_path / "a.h5", *field, says=words)
    with h5py.File(tmp_path / "a.h5", "r+", libver="latest") as file:
        file["q"] = VALUES
    for command in ("info", "range"):
        done = nsr.run(command, tmp_path / "a.h5")
        assert len(done.warnings) == 1 and "/p cannot be opened by HDF5" in done.warnings[0]


def test_info_tells_what_does_not_fit(tmp_path):
    """It lists, and ends as render would."""
    path, pair = plain(tmp_path / "a.h5", p=VALUES), forms(tmp_path)["json"]
    for words, code in ((("--environment", pair), nsr.DATA), (("--environment", tmp_path / "gone.json"), nsr.NO_INPUT),
                        (("--grid", "3x3"), nsr.DATA)):
        done = nsr.run("info", path, *words, "--json", code=code)
        assert done.json["fields"][0]["n_bins"] == BINS and done.json["environment"] is None
        assert done.json["environment_problem"] == done.errors[0]
        text = nsr.run("info", path, *words, code=code).out
        assert f"environment: none: {done.errors[0]}" in text
        assert nsr.run("render", path, *words, "-o", tmp_path / "o.nsr", code=code).errors[0] == done.errors[0]


def test_resume_from_another_folder(tmp_path):
    """A named environment is remembered whole, in no plan and no digest."""
    centers, arrays, about = grid()
    save(tmp_path / "env", "RegularGrid", (centers, arrays, about))
    plain(tmp_path / "a.h5", p=fields(len(centers)))
    nsr.run("render", "a.h5", "--environment", "env.json", "-o", "o.nsr", "--format", "png", "--segment-frames", 2,
            "--share", "1/2", cwd=tmp_path)
    plan, elsewhere = (tmp_path / "o.nsr/plan.json").read_text(), tmp_path / "elsewhere"
    assert "env.json" not in plan and "environment" not in json.loads(plan)["options"]
    elsewhere.mkdir()
    nsr.run("resume", tmp_path / "o.nsr", cwd=elsewhere)
    assert nsr.manifest(tmp_path / "o.nsr")["input"]["environment"] == str(tmp_path / "env.json")
    check_centers(tmp_path / "o.nsr", centers, fields(len(centers)))
    before = nsr.stamps(tmp_path / "o.nsr")
    nsr.run("render", tmp_path / "a.h5", "--environment", tmp_path / "env.json", "-o", tmp_path / "o.nsr", "--format",
            "png", "--segment-frames", 2, cwd=elsewhere)
    assert nsr.stamps(tmp_path / "o.nsr") == before
    assert nsr.run("verify", tmp_path / "o.nsr", "--against", tmp_path / "a.h5", cwd=elsewhere).code == nsr.OK
