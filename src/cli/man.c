/* SPDX-License-Identifier: MIT */
/* nsrender-mpi.1 from the tables, so that it cannot differ from --help. */
#include "cli.h"
#include <string.h>

/* Writes text with roff's escapes: for '-', so that it can be copied as an option, for '\', and for a control
   character at the beginning of a line. */
static void put_roff(FILE *out, const char *text) {
    if (*text == '.' || *text == '\'') fputs("\\&", out);
    for (; *text; text++)
        if (*text == '-')
            fputs("\\-", out);
        else if (*text == '\\')
            fputs("\\e", out);
        else
            fputc(*text, out);
}

static void paragraph(FILE *out, const char *text, const char *end) {
    put_roff(out, text);
    fprintf(out, "%s\n", end);
}

static void synopsis(FILE *out) {
    fputs(".SH SYNOPSIS\n.B nsrender\\-mpi\n.I COMMAND\n.RI [ OPTION ...]\n.I ARGUMENT\n.br\n", out);
    fputs(".BI \"mpirun \\-n \" RANKS \" nsrender\\-mpi\"\n.I COMMAND\n.RI [ OPTION ...]\n.I ARGUMENT\n", out);
}

static void description(FILE *out) {
    fputs(".SH DESCRIPTION\n", out);
    paragraph(
        out,
        "nsrender-mpi renders a long recording of spatial fields (one value per bin of space and frame: a "
        "decoded position, a rate map) once into a bundle: a directory with pictures, a video and a manifest. The "
        "input is an HDF5 or NWB file.",
        "");
    fputs(".PP\n", out);
    paragraph(out,
              "The bytes of a bundle do not depend on the number of ranks or threads. A run that was stopped at any "
              "moment goes on where it stopped when the same command is given again. Data go to the standard output, "
              "progress and messages to the standard error.", "");
}

static void commands(FILE *out, const nsr_program *program) {
    fputs(".SH COMMANDS\n", out);
    for (size_t i = 0; i < program->n_commands; i++) {
        fprintf(out, ".TP\n.BI \"%s \" %s\n", program->command[i].name, program->command[i].argument);
        paragraph(out, program->command[i].sentence, ".");
        paragraph(out, program->command[i].more, "");
    }
    fputs(".TP\n.BI \"help \" COMMAND\nShow the options of a command.\n", out);
}

static void takers(FILE *out, const nsr_program *program, const nsr_opt *row) {
    if ((row->commands & NSR_CMD_ALL) == NSR_CMD_ALL) return;
    const char *mark = "Commands: ";
    for (size_t i = 0; i < program->n_commands; i++)
        if (row->commands & program->command[i].bit) {
            fprintf(out, "%s%s", mark, program->command[i].name);
            mark = ", ";
        }
    fputs(*mark == ',' ? ".\n" : "Stands alone.\n", out);
}

static void option(FILE *out, const nsr_program *program, const nsr_opt *row) {
    char sentence[600];
    nsr_row_sentence(row, sentence, sizeof sentence);
    fputs(".TP\n.BR ", out);
    if (nsr_row_letter(row)) fprintf(out, "\\-%c \", \" ", nsr_row_letter(row));
    fputs("\\-\\-", out);
    put_roff(out, row->name);
    if (row->arg) fprintf(out, " \" \\fI%s\\fR\"", row->arg);
    fputc('\n', out);
    paragraph(out, sentence, ".");
    takers(out, program, row);
}

static void options(FILE *out, const nsr_program *program) {
    fputs(".SH OPTIONS\n", out);
    for (size_t t = 0; t < program->options->n; t++) {
        const nsr_opt_table *table = program->options->table[t];
        fprintf(out, ".SS %s\n", table->title);
        for (size_t i = 0; i < table->n; i++)
            option(out, program, &table->rows[i]);
    }
}

static void exit_status(FILE *out, const nsr_program *program) {
    fputs(".SH EXIT STATUS\n", out);
    for (size_t i = 0; i < program->n_exit_codes; i++) {
        fprintf(out, ".TP\n.B %d\n", program->exit_code[i].code);
        paragraph(out, program->exit_code[i].means, ".");
    }
}

static void files(FILE *out) {
    static const char *const rows[][2] = {
        {"NAME.nsr/plan.json", "What is to be made; written first"},
        {"NAME.nsr/manifest.json", "What was made; written last, so a bundle that has one is finished"},
        {"NAME.nsr/video.mp4", "The video"},
        {"NAME.nsr/frames/000042/frame_0043008.png", "A frame, by segment and by its index in the recording"},
        {"NAME.nsr/parts, segments, locks", "Parts, their records and locks while the bundle is being made"},
    };
    fputs(".SH FILES\n", out);
    for (size_t i = 0; i < NSR_COUNTOF(rows); i++) {
        fputs(".TP\n.I ", out);
        paragraph(out, rows[i][0], "");
        paragraph(out, rows[i][1], ".");
    }
}

static void examples(FILE *out, const nsr_program *program) {
    fputs(".SH EXAMPLES\n.nf\n", out);
    for (size_t i = 0; i < program->n_commands; i++)
        for (size_t k = 0; k < NSR_COUNTOF(program->command[i].examples) && program->command[i].examples[k]; k++)
            paragraph(out, program->command[i].examples[k], "");
    fputs(".fi\n", out);
}

void nsr_write_man(FILE *out, const nsr_program *program) {
    fprintf(out, ".TH NSRENDER\\-MPI 1 \"\" \"nsrender\\-mpi %s\" \"User Commands\"\n", NSR_VERSION);
    fputs(".SH NAME\nnsrender\\-mpi \\- render long recordings of spatial fields in parallel\n", out);
    synopsis(out);
    description(out);
    commands(out, program);
    options(out, program);
    exit_status(out, program);
    files(out);
    examples(out, program);
    fputs(".SH SEE ALSO\n.BR mpirun (1),\n.BR h5dump (1),\n.BR ffplay (1)\n", out);
}
