/* SPDX-License-Identifier: MIT */
/* The encoder, by libavcodec. Each uses one thread: segments run in parallel, and the bytes must not depend on the
   number of threads. Key frames come at fixed intervals and groups of pictures are closed, so that segments can be
   joined. */
#include "video_encode.h"
#include "mp4_entry.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <x264.h>

struct nsr_encoder {
    nsr_encode_spec spec;
    AVCodecContext *context;
    AVFrame *frame;
    AVPacket *packet;
    nsr_planes planes;
};

/* Options for bytes that do not depend on the CPU, and for segments whose headers agree. */
static const struct {
    const char *codec, *option, *value;
} extras[] = {
    {"libx264", "x264-params", "cpu-independent=1:stitchable=1:open-gop=0"},
    {"libx265", "x265-params", "log-level=none:open-gop=0:pools=none:frame-threads=1"},
    {"libsvtav1", "svtav1-params", "lp=1"},
};

static bool av_fail(nsr_err *err, const nsr_encode_spec *spec, const char *verb, int code) {
    char reason[AV_ERROR_MAX_STRING_SIZE] = "";
    av_strerror(code, reason, sizeof reason);
    return nsr_fail(err, NSR_EINTERNAL, "video: %s cannot %s a %dx%d picture: %s", spec->codec, verb, spec->w, spec->h,
                    reason);
}

static bool paints_420(const AVCodec *codec) {
    const enum AVPixelFormat *format = codec->pix_fmts;
    while (format && *format != AV_PIX_FMT_NONE && *format != AV_PIX_FMT_YUV420P)
        format++;
    return format && *format == AV_PIX_FMT_YUV420P;
}

static bool has_option(const AVCodec *codec, const char *name) {
    return codec->priv_class && av_opt_find((void *)&codec->priv_class, name, NULL, 0, AV_OPT_SEARCH_FAKE_OBJ);
}

/* The encoder of that name, if MP4 can hold its samples, browsers can show them, and it has a constant quality. */
static const AVCodec *find_codec(const char *name, nsr_err *err) {
    const AVCodec *codec = avcodec_find_encoder_by_name(name);
    if (!codec)
        nsr_fail(err, NSR_EUSAGE, "--video-codec %s: this libavcodec has no such encoder; try libx264", name);
    else if (!paints_420(codec) || !has_option(codec, "crf") ||
             avformat_query_codec(av_guess_format("mp4", NULL, NULL), codec->id, FF_COMPLIANCE_NORMAL) != 1)
        nsr_fail(err, NSR_EUSAGE, "--video-codec %s: cannot make yuv420p of constant quality in MP4; try libx264",
                 name);
    return nsr_good(err) ? codec : NULL;
}

static bool known_preset(const nsr_encode_spec *spec, nsr_err *err) {
    char names[200] = "";
    if (strcmp(spec->codec, "libx264") != 0) return true;
    for (const char *const *name = x264_preset_names; *name; name++) {
        if (strcmp(spec->preset, *name) == 0) return true;
        snprintf(names + strlen(names), sizeof names - strlen(names), " %s", *name);
    }
    return nsr_fail(err, NSR_EUSAGE, "--preset %s: libx264 has no such preset; choose one of%s", spec->preset, names);
}

static int set_options(AVDictionary **options, const AVCodec *codec, const nsr_encode_spec *spec) {
    int code = av_dict_set_int(options, "crf", spec->crf, 0);
    if (code >= 0 && has_option(codec, "preset")) code = av_dict_set(options, "preset", spec->preset, 0);
    if (code >= 0 && has_option(codec, "sc_threshold")) code = av_dict_set_int(options, "sc_threshold", 0, 0);
    for (size_t i = 0; code >= 0 && i < NSR_COUNTOF(extras); i++)
        if (strcmp(spec->codec, extras[i].codec) == 0)
            code = av_dict_set(options, extras[i].option, extras[i].value, 0);
    return code;
}

static void describe_frames(AVCodecContext *context, const nsr_encode_spec *spec) {
    context->width = spec->w;
    context->height = spec->h;
    context->pix_fmt = AV_PIX_FMT_YUV420P;
    context->time_base = (AVRational){1, spec->fps};
    context->framerate = (AVRational){spec->fps, 1};
    context->sample_aspect_ratio = (AVRational){1, 1};
    context->color_primaries = AVCOL_PRI_BT709;
    context->color_trc = AVCOL_TRC_BT709;
    context->colorspace = AVCOL_SPC_BT709;
    context->color_range = AVCOL_RANGE_MPEG;
    context->chroma_sample_location = AVCHROMA_LOC_LEFT;
    context->thread_count = 1;
    context->bit_rate = 0;
    context->gop_size = NSR_GOP;
    context->keyint_min = NSR_GOP;
    context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_CLOSED_GOP | AV_CODEC_FLAG_BITEXACT;
}

static bool start_encoder(nsr_encoder *encoder, const AVCodec *codec, nsr_err *err) {
    AVDictionary *options = NULL;
    int code = set_options(&options, codec, &encoder->spec);
    if (code >= 0) {
        describe_frames(encoder->context, &encoder->spec);
        code = avcodec_open2(encoder->context, codec, &options);
    }
    const AVDictionaryEntry *left = av_dict_get(options, "", NULL, AV_DICT_IGNORE_SUFFIX);
    if (code < 0)
        av_fail(err, &encoder->spec, "encode", code);
    else if (left)
        nsr_fail(err, NSR_EINTERNAL, "video: %s of this libavcodec does not know %s=%s", encoder->spec.codec, left->key,
                 left->value);
    av_dict_free(&options);
    return nsr_good(err);
}

static bool make_frame(nsr_encoder *encoder, nsr_err *err) {
    AVFrame *frame = encoder->frame;
    const AVCodecContext *context = encoder->context;
    frame->format = context->pix_fmt;
    frame->width = context->width;
    frame->height = context->height;
    frame->color_primaries = context->color_primaries;
    frame->color_trc = context->color_trc;
    frame->colorspace = context->colorspace;
    frame->color_range = context->color_range;
    frame->chroma_location = context->chroma_sample_location;
    frame->pts = 0;
    int code = av_frame_get_buffer(frame, 0);
    return code >= 0 ? true : av_fail(err, &encoder->spec, "hold", code);
}

static bool prepare_encoder(nsr_encoder *encoder, nsr_err *err) {
    if (!known_preset(&encoder->spec, err)) return false;
    const AVCodec *codec = find_codec(encoder->spec.codec, err);
    if (!codec) return false;
    encoder->context = avcodec_alloc_context3(codec);
    encoder->frame = av_frame_alloc();
    encoder->packet = av_packet_alloc();
    if (!encoder->context || !encoder->frame || !encoder->packet)
        return nsr_fail(err, NSR_EINTERNAL, "out of memory for the video encoder");
    return start_encoder(encoder, codec, err) && make_frame(encoder, err);
}

void nsr_encoder_speak(bool verbose) { av_log_set_level(verbose ? AV_LOG_ERROR : AV_LOG_QUIET); }

nsr_encoder *nsr_encoder_open(const nsr_encode_spec *spec, nsr_err *err) {
    nsr_encoder *encoder = calloc(1, sizeof *encoder);
    if (!encoder) {
        nsr_fail(err, NSR_EINTERNAL, "out of memory for the video encoder");
        return NULL;
    }
    encoder->spec = *spec;
    if (prepare_encoder(encoder, err)) return encoder;
    nsr_encoder_close(encoder);
    return NULL;
}

void nsr_encoder_close(nsr_encoder *encoder) {
    if (!encoder) return;
    av_packet_free(&encoder->packet);
    av_frame_free(&encoder->frame);
    avcodec_free_context(&encoder->context);
    free(encoder);
}

const nsr_planes *nsr_encoder_planes(nsr_encoder *encoder, nsr_err *err) {
    int code = av_frame_make_writable(encoder->frame); /* copies only if the codec still reads the planes */
    if (code < 0) {
        av_fail(err, &encoder->spec, "hold", code);
        return NULL;
    }
    for (int i = 0; i < 3; i++) {
        encoder->planes.plane[i] = encoder->frame->data[i];
        encoder->planes.stride[i] = encoder->frame->linesize[i];
    }
    return &encoder->planes;
}

bool nsr_encoder_put(nsr_encoder *encoder, nsr_err *err) {
    int code = avcodec_send_frame(encoder->context, encoder->frame);
    encoder->frame->pts++;
    return code >= 0 ? true : av_fail(err, &encoder->spec, "encode", code);
}

bool nsr_encoder_end(nsr_encoder *encoder, nsr_err *err) {
    int code = avcodec_send_frame(encoder->context, NULL);
    return code >= 0 ? true : av_fail(err, &encoder->spec, "encode", code);
}

/* Removes the temporal delimiter, two bytes in front of a sample of AV1, which MP4 does not allow. */
static void strip_delimiter(nsr_sample *sample) {
    if (sample->bytes >= 2 && sample->data[0] == 0x12 && sample->data[1] == 0) {
        sample->data += 2;
        sample->bytes -= 2;
    }
}

bool nsr_encoder_take(nsr_encoder *encoder, nsr_sample *sample, nsr_err *err) {
    AVPacket *packet = encoder->packet;
    int code = avcodec_receive_packet(encoder->context, packet); /* releases the last one */
    if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return false;
    if (code < 0) return av_fail(err, &encoder->spec, "encode", code);
    *sample = (nsr_sample){packet->data, (size_t)packet->size, packet->pts, packet->flags & AV_PKT_FLAG_KEY};
    if (encoder->context->codec_id == AV_CODEC_ID_AV1) strip_delimiter(sample);
    return true;
}

bool nsr_encoder_has_nals(const nsr_encoder *encoder) {
    return encoder->context->codec_id == AV_CODEC_ID_H264 || encoder->context->codec_id == AV_CODEC_ID_HEVC;
}

uint8_t *nsr_encoder_entry(const nsr_encoder *encoder, size_t *bytes, nsr_err *err) {
    return nsr_entry_make(encoder->context, bytes, err);
}

void nsr_encoder_identity(char *text, size_t size) {
    snprintf(text, size, "libavcodec %u x264 %s", avcodec_version(), X264_POINTVER);
}
