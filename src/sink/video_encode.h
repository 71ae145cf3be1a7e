/* SPDX-License-Identifier: MIT */
/* One encoder of one segment: planes in, samples out (private to the sinks). */
#ifndef NSR_SINK_VIDEO_ENCODE_H
#define NSR_SINK_VIDEO_ENCODE_H

#include "yuv.h"

enum { NSR_GOP = 60 }; /* output frames from key frame to key frame, counted from the segment's start */

typedef struct nsr_encode_spec {
    const char *codec, *preset;
    int w, h, fps, crf;
} nsr_encode_spec;

/* A coded frame; data live until the next call. */
typedef struct nsr_sample {
    const uint8_t *data;
    size_t bytes;
    int64_t shown; /* number of the output frame in the segment */
    bool key;
} nsr_sample;

/* Whether the libraries may say why they fail: set once, before threads start. */
void nsr_encoder_speak(bool verbose);

typedef struct nsr_encoder nsr_encoder;
nsr_encoder *nsr_encoder_open(const nsr_encode_spec *spec, nsr_err *err);
void nsr_encoder_close(nsr_encoder *encoder); /* NULL is fine */
/* The planes of the next frame, which keep what the last frame left there. NULL with err when memory runs out. */
const nsr_planes *nsr_encoder_planes(nsr_encoder *encoder, nsr_err *err);
/* Encodes the planes as the next frame; may be called again without painting. */
bool nsr_encoder_put(nsr_encoder *encoder, nsr_err *err);
/* No frame follows. */
bool nsr_encoder_end(nsr_encoder *encoder, nsr_err *err);
/* The next finished sample, to be called after put and end until it returns false; look at err then. */
bool nsr_encoder_take(nsr_encoder *encoder, nsr_sample *sample, nsr_err *err);
/* Samples are NAL units with start codes, which a file stores with lengths. */
bool nsr_encoder_has_nals(const nsr_encoder *encoder);
/* The MP4 sample description box `stsd` of this encoder's samples; to free. */
uint8_t *nsr_encoder_entry(const nsr_encoder *encoder, size_t *bytes, nsr_err *err);
/* Versions that decide the bytes. */
void nsr_encoder_identity(char *text, size_t size);

#endif
