/*
 * An ELF file that is not trusted: it may be of any content, hostile or cut short at any time.
 *
 * It is read by pread() in steps of some KiB, since a mapping could raise SIGBUS; no offset or length of it is used
 * unchecked, and there is a bound on every loop over it. How often it is read in all is for the caller to bound.
 * Nothing is allocated.
 */
#ifndef FPS_ELFFILE_H
#define FPS_ELFFILE_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stat;

#define FPS_ELFFILE_SEGMENTS 64
#define FPS_ELFFILE_SYMBOLS (1U << 20)

/* Which file it is, and whether it has changed: by the kernel. */
struct fps_elffile_id {
	uint64_t device, inode, size, mtime_ns, ctime_ns;
};
struct fps_elffile_id fps_elffile_identify(const struct stat *status);

struct fps_elffile {
	int fd;
	uint64_t size;            /* when it was opened */
	struct fps_elffile_id id; /* likewise */
	uint32_t *reads;          /* how many more are allowed; borrowed from the caller */
	Elf64_Ehdr header;
	Elf64_Phdr segment[FPS_ELFFILE_SEGMENTS];
	uint32_t segments;
};

/* Where in the file a symbol table and its strings are: inside of it, and no more than FPS_ELFFILE_SYMBOLS. */
struct fps_elffile_table {
	uint64_t symbols, strings, strings_size;
	uint32_t count;
};

/*
 * Opens it, if it is a regular file (links are followed, anything else is not opened at all) and ELF64 of this
 * machine's byte order; to be closed by fps_elffile_close(). False if it is not, and nothing stays open. Each read
 * takes one from *reads, which several files may share and which must stay.
 */
bool fps_elffile_open(struct fps_elffile *file, const char *path, uint32_t *reads);
void fps_elffile_close(struct fps_elffile *file);

/* Whether its file system is one that answers without a network or another process. */
bool fps_elffile_is_local(const struct fps_elffile *file);

/* All of len bytes, or false: they are not in the file, or not any more, or it has been read often enough. */
bool fps_elffile_read(const struct fps_elffile *file, void *to, uint64_t at, size_t len);

bool fps_elffile_has_build_id(const struct fps_elffile *file, const uint8_t *build_id, size_t build_id_len);

/* .symtab, else .dynsym, by the section headers; else the one that the loader uses. False if there is none. */
bool fps_elffile_table(const struct fps_elffile *file, struct fps_elffile_table *table);

#endif
