/* SPDX-License-Identifier: MIT */
/* The MP4 sample description of an encoder. libavformat can write it for every codec: it writes the head of a
   fragmented file, which needs no samples, into memory, and the box is copied from there. */
#include "mp4_entry.h"
#include "bytes.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <stdlib.h>
#include <string.h>

static int describe_stream(AVFormatContext *format, const AVCodecContext *context) {
    AVStream *stream = avformat_new_stream(format, NULL);
    if (!stream) return AVERROR(ENOMEM);
    stream->time_base = context->time_base;
    int code = avcodec_parameters_from_context(stream->codecpar, context);
    stream->codecpar->codec_tag = context->codec_id == AV_CODEC_ID_HEVC ? MKTAG('h', 'v', 'c', '1') : 0;
    stream->sample_aspect_ratio = context->sample_aspect_ratio;
    return code;
}

static int write_head(AVFormatContext *format, const AVCodecContext *context) {
    AVDictionary *options = NULL;
    int code = describe_stream(format, context);
    format->flags |= AVFMT_FLAG_BITEXACT;
    if (code >= 0) code = av_dict_set(&options, "movflags", "empty_moov", 0);
    if (code >= 0) code = av_dict_set(&options, "write_btrt", "0", 0); /* bit rates differ from segment to segment */
    if (code >= 0) code = avformat_write_header(format, &options);
    av_dict_free(&options);
    return code;
}

/* The head of a file without samples, to av_free; NULL when memory or libavformat fails. */
static uint8_t *make_head(const AVCodecContext *context, size_t *bytes) {
    AVFormatContext *format = NULL;
    uint8_t *head = NULL;
    if (avformat_alloc_output_context2(&format, NULL, "mp4", NULL) < 0) return NULL;
    if (avio_open_dyn_buf(&format->pb) >= 0) {
        int code = write_head(format, context);
        int n = avio_close_dyn_buf(format->pb, &head);
        format->pb = NULL;
        *bytes = n > 0 ? (size_t)n : 0;
        if (code < 0) av_freep(&head);
    }
    avformat_free_context(format);
    return head;
}

/* Narrows `*at`, `*bytes` to the content of the first box of this type. */
static bool enter(const uint8_t **at, size_t *bytes, const char *type) {
    for (size_t n; *bytes >= 8; *at += n, *bytes -= n) {
        n = nsr_get32(*at);
        if (n < 8 || n > *bytes) return false;
        if (memcmp(*at + 4, type, 4) == 0) {
            *at += 8;
            *bytes = n - 8;
            return true;
        }
    }
    return false;
}

static uint8_t *cut_out(const uint8_t *head, size_t head_bytes, size_t *bytes) {
    static const char *const path[] = {"moov", "trak", "mdia", "minf", "stbl", "stsd"};
    for (int i = 0; i < 6; i++)
        if (!enter(&head, &head_bytes, path[i])) return NULL;
    *bytes = head_bytes + 8;
    uint8_t *entry = malloc(*bytes);
    if (entry) memcpy(entry, head - 8, *bytes);
    return entry;
}

uint8_t *nsr_entry_make(const AVCodecContext *context, size_t *bytes, nsr_err *err) {
    size_t head_bytes = 0;
    uint8_t *head = make_head(context, &head_bytes);
    uint8_t *entry = head ? cut_out(head, head_bytes, bytes) : NULL;
    av_free(head);
    if (!entry) nsr_fail(err, NSR_EINTERNAL, "video: libavformat cannot describe %s in MP4", context->codec->name);
    return entry;
}
