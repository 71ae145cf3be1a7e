/* SPDX-License-Identifier: MIT */
/* The seams inside the sources: a *format* knows where a file keeps fields and times, a *way* knows how stored values
   come into memory. The root fills an nsr_found; its copy is all that the other ranks learn of the metadata. */
#ifndef NSR_SOURCE_FORMAT_AND_WAY_H
#define NSR_SOURCE_FORMAT_AND_WAY_H

#include <nsrender/source.h>

#include "base/h5.h"
#include "source/filter/chunk.h"
#include "source/filter/number_form.h"
#include "source/way/locate.h"

#include <pthread.h>
#include <sys/types.h>
#include <time.h>

enum { NSR_REASON = 200 };

/* Frames first, first+step, ... */
typedef struct nsr_slab {
    int64_t first, step, n;
} nsr_slab;

/* How the values lie in the file. No pointers: broadcast as bytes. */
typedef struct nsr_storage {
    char file[4096]; /* that holds the dataset: an external link may lead to another one */
    int64_t offset;  /* contiguous: of the first value in that file; -1: never written, all is fill value */
    nsr_pipeline filters;
    int element; /* stored bytes of a value */
    bool by_interval; /* (intervals, times, ...): a frame is a row of the first two, counted through */
    nsr_form form;
    unsigned char fill[8];       /* the fill value as field.type */
    char not_direct[NSR_REASON]; /* why the direct way cannot read it; "": it can */
} nsr_storage;

typedef struct nsr_found {
    nsr_field field; /* as stored: what folds and intervals make of it is nsr_source.shown */
    nsr_storage storage;
    int format; /* index in the table of formats */
    bool quiet; /* a guess is being tried: no warnings */
    int way;    /* index in the table of ways */
    char reason[NSR_REASON];
} nsr_found;

typedef struct nsr_way {
    const char *name;
    /* Can it read this dataset here? `reason` says how, or why not. On the root. */
    bool (*fits)(const nsr_found *found, const nsr_comm *comm, char reason[NSR_REASON]);
    bool (*open)(nsr_source *source, const nsr_comm *comm, nsr_err *err);
    bool (*read)(nsr_reader *reader, nsr_slab pick, void *values, nsr_err *err);
    bool (*read_all)(nsr_reader *reader, nsr_slab pick, void *values, nsr_err *err); /* n may be 0; NULL: as read */
    void (*reader_close)(nsr_reader *reader);                                        /* NULL: nothing to free */
    int64_t (*memory)(const nsr_found *found); /* of one reader; NULL: none worth counting */
    bool (*resident)(const nsr_source *source, nsr_slab pick); /* NULL: cannot tell */
} nsr_way;

typedef struct nsr_format {
    const char *name;
    bool (*probe)(hid_t file);
    /* May this dataset be a field without being named? Narrower than "numeric, 2-D or 3-D", which is known already. */
    bool (*offers)(hid_t file, const char *path, const nsr_field *field);
    /* Attributes of the field and its times, where --times-from and --sampling-rate say nothing. */
    bool (*times)(nsr_found *found, hid_t file, nsr_err *err);
    /* The rest may be NULL. */
    /* More than three dimensions, or intervals: what their names say; refuses those without a meaning. NULL: refused.
     */
    bool (*refine)(nsr_found *found, nsr_err *err);
    /* The field among several candidates; false without an error: no rule decides. */
    bool (*choose)(char path[1024], hid_t file, const char *name, nsr_err *err);
    /* Collective, when all is open: axes, folds and intervals of source->shown. */
    bool (*arrange)(nsr_source *source, const nsr_comm *comm, const nsr_config *config, nsr_err *err);
} nsr_format;

typedef struct nsr_stamp {
    int64_t size;
    struct timespec changed;
} nsr_stamp;

enum { NSR_FOLDS = 4 };

struct nsr_source {
    nsr_found found;
    nsr_field shown;
    nsr_fold fold[NSR_FOLDS];     /* one after the other; most join into one */
    int32_t *together[NSR_FOLDS]; /* of each bin: so many from it on are made of bins that lie side by side */
    int n_folds;
    double *center[2]; /* what shown.axis, active and interval point to */
    uint8_t *active;
    nsr_interval *interval;
    char *known; /* what a look at all frames has found; NULL: there was none, or it missed some */
    const nsr_way *way;
    pthread_mutex_t lock; /* round every HDF5 call: the library is not thread-safe */
    hid_t file, dataset, times;
    hid_t transfer;     /* mpio: collective; else H5P_DEFAULT */
    int fd;             /* direct, not chunked: of storage.file; else -1 */
    hid_t driver;       /* direct, chunked: the file's */
    nsr_locator *locator; /* tells where chunks lie; NULL: HDF5 reads them */
    int64_t cached_row; /* hdf5: chunk row that stands in HDF5's cache and is counted as read; -1: none */
    _Atomic int64_t bytes_read;
    nsr_stamp stamp[2]; /* of the input and of storage.file */
};

struct nsr_reader {
    nsr_source *source;
    void *own;              /* of the way */
    void *stored, *between; /* with folds: piece stored frames, and two rows between folds */
    int64_t piece;
};

extern const nsr_format nsr_format_nwb, nsr_format_netcdf, nsr_format_hdf5;
extern const nsr_way nsr_way_direct, nsr_way_hdf5, nsr_way_mpio;
const nsr_format *nsr_format_of(hid_t file);

/* --- walk.c: the links of a file --- */
typedef struct nsr_item {
    char *path;      /* with a leading slash */
    H5O_type_t kind; /* H5O_TYPE_UNKNOWN: a link that leads nowhere, or out of the file */
    bool hard;
    unsigned long file_number;
    haddr_t address;
} nsr_item;
typedef struct nsr_items {
    nsr_item *item;
    size_t n, room;
    bool full;
} nsr_items;
bool nsr_walk(nsr_items *items, hid_t file, const char *name, nsr_err *err);
void nsr_items_free(nsr_items *items);
/* What stands at a path, in a few words: "(48 x 149) float", "soft link to /gone, which leads nowhere". */
void nsr_item_text(hid_t file, const char *path, char *text, size_t size);

/* --- discover.c: which dataset is meant --- */
/* The path of the dataset that --field names, or of the only one that can be a field. */
bool nsr_discover(char path[1024], hid_t file, const nsr_config *config, nsr_err *err);
/* Paths of all that may be fields; `each` gets them described. Returns their number, -1 on failure. */
int nsr_candidates(hid_t file, const char *name, void (*each)(const nsr_found *found, void *user), void *user,
                   nsr_err *err);
/* Warns of objects that this HDF5 cannot open, for they may be what is looked for. */
void nsr_unopened_say(hid_t file, const char *name);
/* Resolves a name given by the user: a path, or the last component of exactly one. */
bool nsr_resolve(char path[1024], hid_t file, const char *file_name, const char *name, nsr_err *err);

/* --- describe.c --- */
/* Fills field and storage, but not times. Refuses types and shapes that are no field. */
bool nsr_describe(nsr_found *found, hid_t file, const char *file_name, const char *path, nsr_err *err);
/* Completes "cannot be opened by": which HDF5 this is, and the way out. */
void nsr_opener_text(char text[200]);
/* Can it be read with this HDF5 and these files: filters known, external files there. */
bool nsr_check_readable(const nsr_found *found, hid_t file, nsr_err *err);
/* False for a recording of which nothing is stored: HDF5 would make up the whole of it. */
bool nsr_check_written(const nsr_found *found, nsr_err *err);
/* The refusal of a shape that is no field. Always false. */
bool nsr_dims_refused(const nsr_field *field, int dims, nsr_err *err);

/* --- type.c --- */
/* Type, packing and fill value. Refuses what is no number. */
bool nsr_type_describe(nsr_found *found, hid_t dataset, hid_t type, hid_t dcpl, nsr_err *err);
/* Tells the user what is done with the stored numbers. */
void nsr_type_say(const nsr_found *found);
bool nsr_is_numeric(hid_t type);
/* "string", "compound", ... */
const char *nsr_type_word(hid_t type);

/* --- filters.c --- */
void nsr_filters_describe(nsr_found *found, hid_t dcpl);
bool nsr_filters_known(const nsr_found *found, hid_t dcpl, nsr_err *err);
/* Teaches HDF5 the filters that we know and it does not. Before anything is read; again does no harm. */
void nsr_filters_lend(void);

/* --- dims.c: labels and scales of dimension `i` --- */
void nsr_dim_label(hid_t dataset, int i, char *label, size_t size);
/* The path of the first scale attached; "" when there is none. */
void nsr_dim_scale(hid_t dataset, int i, char *path, size_t size);

/* --- times.c --- */
bool nsr_times_find(nsr_found *found, hid_t file, const nsr_config *config, const nsr_format *format, nsr_err *err);
/* Takes what --times-from names: a path, a name beside the field, or a last component that occurs once. */
bool nsr_times_named(nsr_found *found, hid_t file, const char *name, nsr_err *err);
/* Takes `path` when it holds one number a frame. Else false; says so if `loud`, unless found->quiet. */
bool nsr_times_take(nsr_found *found, hid_t file, const char *path, bool loud);
/* Numbers of a list, which may be stored as 1 x n or n x 1. False when it is none, or cannot be read. */
bool nsr_list_read(hid_t dataset, nsr_slab pick, double *values);

/* --- fold.c --- */
/* Frames of a reader's scratch; 0 without folds. */
int64_t nsr_fold_piece(const nsr_source *source);
/* Bytes of a reader's scratch. */
int64_t nsr_fold_memory(const nsr_source *source);
bool nsr_fold_open(nsr_reader *reader, nsr_err *err);
void nsr_fold_close(nsr_reader *reader);
/* n frames in reader->stored become n frames of the shown bins. */
void nsr_fold_apply(const nsr_reader *reader, int64_t n, void *values);

/* --- intervals.c --- */
/* From nsr_active.ends: which frames of which intervals are shown. */
bool nsr_intervals_find(nsr_source *source, const double *ends, nsr_err *err);
/* The stored row of a shown frame, and how many frames from it on lie `step` rows apart. */
int64_t nsr_interval_row(const nsr_source *source, int64_t frame, int64_t step, int64_t *n);
/* The place of a shown frame in the dataset of times, and for how many frames from it on they lie `step` apart. */
int64_t nsr_interval_time(const nsr_source *source, int64_t frame, int64_t step, int64_t *n);

/* --- cf_time.c --- */
/* Seconds of one of `units` ("milliseconds since 2024-03-05", "s") in a calendar ("" is "standard"). False with the
   reason in `why`: units or calendar are unknown, or their length is not fixed. */
bool nsr_cf_seconds(const char *units, const char *calendar, double *seconds, char *why, size_t size);

/* --- active.c --- */
/* Where values other than NaN are. */
typedef struct nsr_active {
    uint8_t *bins;  /* of the shown bins: some frame has one */
    double *ends;   /* of every interval: minus the first time that has one, and the last; -INFINITY: none has. NULL:
                       there are no intervals */
    int64_t looked, missed; /* frames that were read; that could not be read */
} nsr_active;
/* Collective; all threads of all ranks share the reading, every rank gets the whole answer. Before intervals are known,
   after at most one fold. Without intervals it ends when all bins have a value. Frames that cannot be read count as
   empty. NSR_ESTOPPED: a signal. Free also after a failure. */
bool nsr_active_find(nsr_active *active, nsr_source *source, const nsr_comm *comm, const nsr_config *config,
                     nsr_err *err);
void nsr_active_free(nsr_active *active);

/* --- known.c: the same as text, which a bundle keeps. Local. --- */
/* To free; NULL without memory. */
char *nsr_known_text(const nsr_active *active, const nsr_source *source);
/* False: it is not about this field. */
bool nsr_known_read(nsr_active *active, const nsr_source *source, const char *text);

/* --- doubt.c --- */
/* Warns of times that are probably no seconds. */
void nsr_times_doubt(const nsr_found *found, hid_t file);

/* --- overlays.c: a JSON array of what may be drawn on top --- */
struct json_t *nsr_overlays(hid_t file, const char *name, nsr_err *err);

/* --- orient.c: frames first, or last as column-major programs leave them --- */
/* Turns `found` round where --axes, names of dimensions, --grid or the number of times say so. `config` may be NULL. */
bool nsr_orient(nsr_found *found, hid_t file, const nsr_config *config, const nsr_format *format, nsr_err *err);

/* --- serial.c: shared by hdf5 and mpio --- */
/* With a cache that holds a row of chunks (the default of 1 MiB makes HDF5 inflate a larger chunk once per frame), and
   with external files looked for beside the file. */
hid_t nsr_dataset_open(hid_t file, const char *path, nsr_err *err);
bool nsr_h5_read_slab(nsr_reader *reader, nsr_slab pick, hid_t transfer, void *values, nsr_err *err);
void nsr_h5_reader_close(nsr_reader *reader);
/* Counts the stored bytes of the chunk rows that a read of the pick brings in. Under the lock. */
void nsr_count_rows(nsr_source *source, nsr_slab pick);

#endif
