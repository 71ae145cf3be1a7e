/* SPDX-License-Identifier: MIT */
/* The encoder of one segment: planes of pixels in, samples (encoded frames) out. All calls are local. Private to
   src/sink. */
#ifndef NSR_SINK_VIDEO_ENCODE_H
#define NSR_SINK_VIDEO_ENCODE_H

#include "yuv.h"

enum { NSR_GOP = 60 }; /* output frames from key frame to key frame, counted from the segment's start */

typedef struct nsr_encode_spec {
    const char *codec, *preset;
    int w, h, fps, crf;
} nsr_encode_spec;

/* An encoded frame; `data` live until the next call on the encoder. */
typedef struct nsr_sample {
    const uint8_t *data;
    size_t bytes;
    int64_t shown; /* number of the output frame in the segment: its place in the order of display */
    bool key;
} nsr_sample;

/* Whether the libraries may print why they fail. Sets a global of theirs: call it once, before threads start. */
void nsr_encoder_speak(bool verbose);

typedef struct nsr_encoder nsr_encoder;
/* An encoder of frames of spec->w x spec->h; the spec is copied. NULL with err: NSR_EUSAGE for a codec or preset that
   the libraries lack or MP4 cannot hold, NSR_EINTERNAL when they fail otherwise. Close frees it; NULL is allowed. */
nsr_encoder *nsr_encoder_open(const nsr_encode_spec *spec, nsr_err *err);
void nsr_encoder_close(nsr_encoder *encoder);
/* The planes to paint the next frame into; they hold the pixels of the last one, and stay the encoder's. NULL with err
   when memory runs out. */
const nsr_planes *nsr_encoder_planes(nsr_encoder *encoder, nsr_err *err);
/* Encodes the planes as the next frame. Without painting in between the last picture is shown again. */
bool nsr_encoder_put(nsr_encoder *encoder, nsr_err *err);
/* Tells the encoder that no frame follows; take then returns those that it has held back. */
bool nsr_encoder_end(nsr_encoder *encoder, nsr_err *err);
/* The next finished sample. Call it after put and after end until it returns false: none is ready, or err is set. */
bool nsr_encoder_take(nsr_encoder *encoder, nsr_sample *sample, nsr_err *err);
/* Whether samples are NAL units (H.264, HEVC) with start codes in front, in place of which MP4 stores their lengths. */
bool nsr_encoder_has_nals(const nsr_encoder *encoder);
/* The MP4 box `stsd`, which describes this encoder's samples, of *bytes bytes; the caller frees it. NULL with err when
   libavformat fails. */
uint8_t *nsr_encoder_entry(const nsr_encoder *encoder, size_t *bytes, nsr_err *err);
/* The versions of the libraries, as text: a part depends on them. */
void nsr_encoder_identity(char *text, size_t size);

#endif
