/*
 * The Markdown of docs/ for a terminal: headings, paragraphs, lists, code that is indented, and tables of two columns,
 * which become fields: names and what belongs to them.
 */
#ifndef FPS_MARKDOWN_TEXT_H
#define FPS_MARKDOWN_TEXT_H

#include "base/terminal.h"

/* Without the title, "# ...". */
void fps_markdown_text_print(FILE *out, const struct fps_style *style, const char *text);

#endif
