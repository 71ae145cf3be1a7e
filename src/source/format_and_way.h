/* SPDX-License-Identifier: MIT */
/* The interfaces inside source/: a *format* knows where a file keeps fields and times, a *way* of reading brings stored
   values into memory. The root describes the field in an nsr_found; the other ranks get a copy of it and read no
   metadata themselves.
   The folders call each other in one direction: {filter, dataset} <- way <- shown <- format <- find <- source.c. */
#ifndef NSR_SOURCE_FORMAT_AND_WAY_H
#define NSR_SOURCE_FORMAT_AND_WAY_H

#include <nsrender/source.h>

#include "base/h5_bounds.h"
#include "source/dataset/catalog.h"
#include "source/dataset/marks.h"
#include "source/dataset/missing.h"
#include "source/dataset/virtual_parts.h"
#include "source/filter/chunk.h"
#include "source/filter/number_form.h"
#include "source/way/locate.h"

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>
#include <time.h>

enum { NSR_REASON = 200 };

/* Frames first, first+step, ... */
typedef struct nsr_slab {
    int64_t first, step, n;
} nsr_slab;

/* How the values lie in the file. No pointers: broadcast as bytes. */
typedef struct nsr_storage {
    char file[4096]; /* the file that holds the dataset; an external link may lead to another than field.file */
    int64_t
        offset; /* contiguous: offset of the first value in `file`; -1: never written, all values are the fill value */
    nsr_pipeline filters;
    int element; /* stored bytes of a value */
    char scale[NSR_DIMS][1024]; /* path of the first scale of a dimension, in the order of the file; "": none */
    int gap;                    /* virtual: numbered sources that are missing before a later one (nsr_virtual_open) */
    int times_gap;              /* the same of the times */
    bool by_interval; /* (intervals, times, ...): frame i is time i % times of interval i / times */
    nsr_form form;
    unsigned char fill[8];       /* the fill value as field.type */
    char not_direct[NSR_REASON]; /* why the direct way cannot read it; "": it can */
} nsr_storage;

typedef struct nsr_found {
    nsr_field field; /* as stored; nsr_source.shown is the field after folds and intervals */
    nsr_storage storage;
    bool quiet; /* a trial: log nothing */
    int way;    /* index in the table of ways */
    char reason[NSR_REASON];
} nsr_found;

typedef struct nsr_way {
    const char *name;
    /* Can it read this dataset here? `reason` gets how it reads, or why it cannot. Called on the root. */
    bool (*fits)(const nsr_found *found, const nsr_comm *comm, char reason[NSR_REASON]);
    bool (*open)(nsr_source *source, const nsr_comm *comm, nsr_err *err);
    bool (*read)(nsr_reader *reader, nsr_slab slab, void *values, nsr_err *err);
    bool (*read_all)(nsr_reader *reader, nsr_slab slab, void *values, nsr_err *err); /* n may be 0; NULL: as read */
    void (*reader_close)(nsr_reader *reader);                                        /* NULL: nothing to free */
    int64_t (*memory)(const nsr_found *found); /* of one reader; NULL: none worth counting */
    bool (*resident)(const nsr_source *source, nsr_slab slab); /* NULL: cannot tell */
} nsr_way;

/* The rank of a candidate when --field is not given. */
typedef struct nsr_preference {
    int rank;         /* the candidate of the lowest rank is chosen; NSR_ONLY_NAMED: never without --field */
    const char *rule; /* continues "of 3 variables /a is shown"; NULL: no rule prefers it */
} nsr_preference;
enum { NSR_ONLY_NAMED = INT_MAX };

/* The hints that decide whether frames are the first or the last axis, besides --axes. Each value includes those before
   it. */
typedef enum nsr_axis_hints { NSR_HINT_AXES, NSR_HINT_NAMES, NSR_HINT_LENGTHS } nsr_axis_hints;

/* Local functions, called on the root, unless a comment states otherwise. */
typedef struct nsr_format {
    const char *name;
    nsr_axis_hints hints; /* used in this format */
    /* Does the open file have this format? */
    bool (*probe)(hid_t file);
    /* May this dataset be a field without being named? It is known to hold numbers, in 2 or 3 dimensions or as `refine`
       allows. */
    bool (*offers)(nsr_catalog *catalog, const char *path, const nsr_field *field);
    /* Fills found->field.times from the file, where --times-from and --sampling-rate are not given. True without times
       too; false: an error. */
    bool (*times)(nsr_found *found, hid_t file, nsr_err *err);
    /* The members below may be NULL. */
    /* Interprets more than three dimensions, or intervals, by their names; refuses those without a meaning. NULL:
       refused. */
    bool (*refine)(nsr_found *found, nsr_err *err);
    /* Decides among several candidates. NULL: none is preferred. */
    nsr_preference (*prefer)(const nsr_found *found, hid_t file);
    /* Called for each dataset of a file without candidates; n_dims 0: it cannot be a field. False: `err` names the
       options that show it, or another way to write it. */
    bool (*advise)(const nsr_found *found, hid_t file, nsr_err *err);
    /* Collective, called when the source is open. Fills axes, folds and intervals of source->shown. */
    bool (*arrange)(nsr_source *source, const nsr_comm *comm, const nsr_config *config, nsr_err *err);
} nsr_format;

/* A list of numbers that is being read (dataset/number_list.c). */
typedef struct nsr_list_reading {
    hid_t dataset;
    nsr_marks marks;
    nsr_h5_bounds bounds;
} nsr_list_reading;

enum { NSR_FOLDS = 4, NSR_DAMAGES = 128 };

/* Stored rows that could not be read, and the message of the failure (shown/damaged_rows.c). */
typedef struct nsr_damage {
    nsr_span rows;
    bool confirmed; /* a second attempt failed too */
    nsr_err failure;
} nsr_damage;

struct nsr_source {
    nsr_found found;
    nsr_field shown;
    nsr_fold fold[NSR_FOLDS];     /* applied in this order; most are joined into one */
    int32_t *together[NSR_FOLDS]; /* per bin: how many bins from it on are made of adjacent stored bins */
    int n_folds;
    double *center[2]; /* owned; shown.axis, shown.active and shown.interval point to these */
    uint8_t *active;
    nsr_interval *interval;
    char *known;          /* see nsr_source_known */
    const char *recalled; /* of config->input_as.known, where it is of these files; else NULL */
    const nsr_way *way;
    pthread_mutex_t lock; /* held during every call of HDF5, which is not thread-safe */
    hid_t file, dataset, times;
    nsr_list_reading time_list;
    nsr_h5_bounds bounds; /* of the field, for the ways hdf5 and mpio */
    nsr_parts parts, time_parts;
    int64_t memory;     /* that HDF5 needs to read the field and its times, for all readers together */
    int64_t granted;    /* memory of this rank */
    hid_t transfer;     /* mpio: collective; else H5P_DEFAULT */
    int fd;             /* direct, not chunked: of storage.file; else -1 */
    hid_t driver;       /* direct, chunked: the file's */
    nsr_locator *locator; /* locates chunks; NULL: HDF5 reads them */
    int64_t cached_row;   /* hdf5: chunk row in HDF5's cache, which is counted as read already; -1: none */
    _Atomic int64_t bytes_read;
    nsr_missing_list missing, missing_times; /* sources of a virtual dataset; the same on all ranks */
    nsr_stamps stamps;                       /* root: of the input, of storage.file, of sources of a virtual dataset */
    char stamp[NSR_HASH_CHARS];              /* their text, on all ranks */
    pthread_mutex_t damage_lock;             /* guards the two members below; n_damages is also read without it */
    atomic_int n_damages;
    nsr_damage damage[NSR_DAMAGES];
};

struct nsr_reader {
    nsr_source *source;
    void *own;              /* the way's part of the reader */
    void *stored, *between; /* with folds: `piece` stored frames, and two rows between folds */
    int64_t piece;
    nsr_span failed; /* after NSR_EDATA: the rows that the failure covers, set by the way as stored rows, then turned
                        into shown frames; empty: unknown */
};

extern const nsr_format nsr_format_nwb, nsr_format_netcdf, nsr_format_hdf5;
extern const nsr_way nsr_way_direct, nsr_way_hdf5, nsr_way_mpio;
/* The first registered format that recognises the open file; never NULL, because plain HDF5 takes every file. Local. */
const nsr_format *nsr_format_of(hid_t file);
/* The registered format whose `name` this is. Local. */
const nsr_format *nsr_format_named(const char *name);

#endif
