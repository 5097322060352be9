/*
 * An ELF file that is not trusted: it may have any content, and be hostile or truncated at any time.
 *
 * It is read by pread() in steps of some KiB, since a mapping could raise SIGBUS. Every offset and length of it is
 * checked, and every loop over it is bounded. The caller bounds the total number of reads. Nothing is allocated.
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

/* The identity of the file, and whether it has changed, from the kernel. */
struct fps_elffile_id {
	uint64_t device, inode, size, mtime_ns, ctime_ns;
};
struct fps_elffile_id fps_elffile_identify(const struct stat *status);

struct fps_elffile {
	int fd;
	uint64_t size;            /* when it was opened */
	struct fps_elffile_id id; /* likewise */
	uint32_t *reads;          /* how many more reads are allowed; borrowed from the caller */
	Elf64_Ehdr header;
	Elf64_Phdr segment[FPS_ELFFILE_SEGMENTS];
	uint32_t segments;
};

/* The offsets of a symbol table and its strings: within the file, and at most FPS_ELFFILE_SYMBOLS. */
struct fps_elffile_table {
	uint64_t symbols, strings, strings_size;
	uint32_t count;
};

/*
 * Opens it, if it is a regular file (links are followed, anything else is not opened at all) and ELF64 in this
 * machine's byte order; close it with fps_elffile_close(). False otherwise, and nothing stays open. Each read takes one
 * from *reads, which several files may share and which must stay valid.
 */
bool fps_elffile_open(struct fps_elffile *file, const char *path, uint32_t *reads);
void fps_elffile_close(struct fps_elffile *file);

/* Whether its file system answers without a network or another process. */
bool fps_elffile_is_local(const struct fps_elffile *file);

/* Reads all of len bytes; false if the file does not, or no longer, contain them, or the reads are used up. */
bool fps_elffile_read(const struct fps_elffile *file, void *to, uint64_t at, size_t len);

bool fps_elffile_has_build_id(const struct fps_elffile *file, const uint8_t *build_id, size_t build_id_len);

/* .symtab, otherwise .dynsym, by the section headers; otherwise the table that the loader uses. False if there is none.
 */
bool fps_elffile_table(const struct fps_elffile *file, struct fps_elffile_table *table);

#endif
