/*
 * A unified diff between two short texts, as `diff -u` prints it and `patch -p1 -d /` applies it.
 */
#ifndef FPS_UNIFIEDDIFF_H
#define FPS_UNIFIEDDIFF_H

/*
 * Appends it to `out`, which may be NULL; the caller frees that. `before` is NULL where the file does not exist yet.
 * The path is absolute. Equal texts append nothing.
 */
void fps_unifieddiff_append(char **out, const char *path, const char *before, const char *after);

#endif
