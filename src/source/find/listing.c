/* SPDX-License-Identifier: MIT */
/* Lists of paths in a message, cut after NSR_LISTED entries. */
#include "base/utf8.h"
#include "find.h"

#include <stdio.h>
#include <string.h>

void nsr_listing_add(nsr_listing *list, const char *path, const char *what) {
    char shown[1100];
    size_t used = strlen(list->text);
    nsr_text_escape(shown, sizeof shown, path);
    if (list->n++ < NSR_LISTED)
        snprintf(list->text + used, sizeof list->text - used, "%s%s%s%s", used ? ", " : "", shown, *what ? " " : "",
                 what);
    else if (list->n == NSR_LISTED + 1)
        snprintf(list->text + used, sizeof list->text - used, ", ...");
}

void nsr_listing_add_field(nsr_listing *list, const nsr_field *field, const char *more) {
    char shape[400];
    int at = snprintf(shape, sizeof shape, "(%lld", (long long)field->shape[0]);
    for (int i = 1; i < field->n_dims && at < 70; i++)
        at += snprintf(shape + at, sizeof shape - (size_t)at, " x %lld", (long long)field->shape[i]);
    snprintf(shape + at, sizeof shape - (size_t)at, "%s%s)", *more ? "; " : "", more);
    nsr_listing_add(list, field->path, shape);
}

bool nsr_listing_children(nsr_listing *list, hid_t file, const char *group, const nsr_items *items) {
    size_t length = strcmp(group, "/") == 0 ? 0 : strlen(group);
    for (size_t i = 0; i < items->n; i++) {
        const char *path = items->item[i].path;
        if (strncmp(path, group, length) == 0 && path[length] == '/' && !strchr(path + length + 1, '/'))
            nsr_listing_add(list, path + length + 1, "");
    }
    return nsr_h5_kind(file, group) == H5I_GROUP;
}
