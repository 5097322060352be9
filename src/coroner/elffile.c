#include "coroner/elffile.h"

#include <endian.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define MAX_SECTIONS (1U << 16)
#define MAX_DYNAMIC 1024
#define MAX_NOTES 4096
#define NS_PER_SECOND 1000000000ULL

#if __BYTE_ORDER == __LITTLE_ENDIAN
#define NATIVE_DATA ELFDATA2LSB
#else
#define NATIVE_DATA ELFDATA2MSB
#endif

static bool is_inside(const struct fps_elffile *file, uint64_t at, uint64_t len)
{
	return at <= file->size && len <= file->size - at;
}

bool fps_elffile_read(const struct fps_elffile *file, void *to, uint64_t at, size_t len)
{
	char *bytes = to;
	ssize_t got = 1;

	if (!is_inside(file, at, len) || *file->reads == 0) {
		return false;
	}
	--*file->reads;
	for (size_t done = 0; done < len; done += (size_t) got) {
		got = pread(file->fd, bytes + done, len - done, (off_t) (at + done));
		if (got <= 0) {
			return false;
		}
	}
	return true;
}

struct fps_elffile_id fps_elffile_identify(const struct stat *status)
{
	return (struct fps_elffile_id) {.device = status->st_dev,
		.inode = status->st_ino,
		.size = (uint64_t) status->st_size,
		.mtime_ns = (uint64_t) status->st_mtim.tv_sec * NS_PER_SECOND + (uint64_t) status->st_mtim.tv_nsec,
		.ctime_ns = (uint64_t) status->st_ctim.tv_sec * NS_PER_SECOND + (uint64_t) status->st_ctim.tv_nsec};
}

bool fps_elffile_is_local(const struct fps_elffile *file)
{
	/* NFS, FUSE, CIFS, SMB2, 9P, Ceph, AFS, autofs, as in linux/magic.h */
	static const uint32_t others[] = {
		0x6969, 0x65735546, 0xff534d42, 0xfe534d42, 0x01021997, 0x00c36400, 0x5346414f, 0x0187};
	struct statfs status;

	if (fstatfs(file->fd, &status) == -1) {
		return false;
	}
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		if ((uint32_t) status.f_type == others[i]) {
			return false;
		}
	}
	return true;
}

/* Only checked with O_PATH until it is known to be a regular file: opening a device or a FIFO has side effects. */
static int open_regular(const char *path, struct fps_elffile_id *id)
{
	int fd = -1, look = open(path, O_PATH | O_CLOEXEC);
	struct stat status;
	char link[32];

	if (look < 0) {
		return -1;
	}
	if (fstat(look, &status) == 0 && S_ISREG(status.st_mode)) {
		*id = fps_elffile_identify(&status);
		snprintf(link, sizeof link, "/proc/self/fd/%d", look);
		fd = open(link, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	}
	close(look);
	return fd;
}

static bool read_header(struct fps_elffile *file)
{
	const Elf64_Ehdr *header = &file->header;

	if (!fps_elffile_read(file, &file->header, 0, sizeof file->header) || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0
		|| header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != NATIVE_DATA
		|| header->e_ident[EI_VERSION] != EV_CURRENT || (header->e_type != ET_DYN && header->e_type != ET_EXEC)) {
		return false;
	}
	file->segments = header->e_phnum < FPS_ELFFILE_SEGMENTS ? header->e_phnum : FPS_ELFFILE_SEGMENTS;
	return header->e_phentsize == sizeof(Elf64_Phdr)
		&& fps_elffile_read(file, file->segment, header->e_phoff, file->segments * sizeof(Elf64_Phdr));
}

bool fps_elffile_open(struct fps_elffile *file, const char *path, uint32_t *reads)
{
	file->reads = reads;
	file->id = (struct fps_elffile_id) {0};
	file->fd = open_regular(path, &file->id);
	file->size = file->id.size;
	if (file->fd >= 0 && read_header(file)) {
		return true;
	}
	fps_elffile_close(file);
	return false;
}

void fps_elffile_close(struct fps_elffile *file)
{
	if (file->fd >= 0) {
		close(file->fd);
	}
	file->fd = -1;
}

/* Notes consist of {name size, content size, type}, the name and the content, each padded. */
static bool has_build_id(const char *notes, size_t len, size_t align, const uint8_t *build_id, size_t build_id_len)
{
	Elf64_Nhdr note;

	for (size_t at = 0; at + sizeof note <= len;) {
		memcpy(&note, notes + at, sizeof note);
		size_t content = at + (sizeof note + note.n_namesz + align - 1) / align * align;
		size_t next = content + ((size_t) note.n_descsz + align - 1) / align * align;

		if (content + note.n_descsz > len) {
			return false;
		}
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && memcmp(notes + at + sizeof note, "GNU", 4) == 0) {
			return note.n_descsz == build_id_len && memcmp(notes + content, build_id, build_id_len) == 0;
		}
		at = next;
	}
	return false;
}

bool fps_elffile_has_build_id(const struct fps_elffile *file, const uint8_t *build_id, size_t build_id_len)
{
	char notes[MAX_NOTES];

	for (uint32_t i = 0; i < file->segments; i++) {
		const Elf64_Phdr *segment = &file->segment[i];
		size_t len = segment->p_filesz < sizeof notes ? segment->p_filesz : sizeof notes;

		if (segment->p_type == PT_NOTE && fps_elffile_read(file, notes, segment->p_offset, len)
			&& has_build_id(notes, len, segment->p_align == 8 ? 8 : 4, build_id, build_id_len)) {
			return true;
		}
	}
	return false;
}

static bool read_section(const struct fps_elffile *file, Elf64_Shdr *section, uint64_t index)
{
	return index < MAX_SECTIONS && file->header.e_shoff <= file->size
		&& fps_elffile_read(file, section, file->header.e_shoff + index * sizeof *section, sizeof *section);
}

static bool take_section(const struct fps_elffile *file, const Elf64_Shdr *section, struct fps_elffile_table *table)
{
	uint64_t count = section->sh_size / sizeof(Elf64_Sym);
	Elf64_Shdr strings;

	if (section->sh_entsize != sizeof(Elf64_Sym) || count == 0 || !is_inside(file, section->sh_offset, section->sh_size)
		|| !read_section(file, &strings, section->sh_link) || strings.sh_type != SHT_STRTAB
		|| !is_inside(file, strings.sh_offset, strings.sh_size)) {
		return false;
	}
	*table = (struct fps_elffile_table) {.symbols = section->sh_offset,
		.strings = strings.sh_offset,
		.strings_size = strings.sh_size,
		.count = count < FPS_ELFFILE_SYMBOLS ? (uint32_t) count : FPS_ELFFILE_SYMBOLS};
	return true;
}

static bool find_by_sections(const struct fps_elffile *file, uint32_t type, struct fps_elffile_table *table)
{
	uint64_t count = file->header.e_shnum;
	Elf64_Shdr section;

	if (file->header.e_shoff == 0 || file->header.e_shentsize != sizeof section) {
		return false;
	}
	if (count == 0 && read_section(file, &section, 0)) {
		count = section.sh_size; /* too many for the header's field */
	}
	for (uint64_t i = 0; i < count && read_section(file, &section, i); i++) {
		if (section.sh_type == type && take_section(file, &section, table)) {
			return true;
		}
	}
	return false;
}

/* The file offset of what the loader maps at an address; 0, the header's place, if there is none. */
static uint64_t file_offset(const struct fps_elffile *file, uint64_t address)
{
	for (uint32_t i = 0; i < file->segments; i++) {
		const Elf64_Phdr *segment = &file->segment[i];

		if (segment->p_type == PT_LOAD && address >= segment->p_vaddr && address - segment->p_vaddr < segment->p_filesz
			&& is_inside(file, segment->p_offset, segment->p_filesz)) {
			return segment->p_offset + (address - segment->p_vaddr);
		}
	}
	return 0;
}

/*
 * How many symbols there are up to the end of the chain that begins with that number; the lowest bit of its last word
 * is set.
 */
static uint32_t chain_end(const struct fps_elffile *file, uint64_t chain, uint32_t last)
{
	uint32_t word[1024];

	while (last < FPS_ELFFILE_SYMBOLS && chain < file->size) {
		uint64_t left = (file->size - chain) / sizeof word[0];
		size_t n = left < 1024 ? (size_t) left : 1024;

		if (n == 0 || !fps_elffile_read(file, word, chain, n * sizeof word[0])) {
			break;
		}
		for (size_t i = 0; i < n; i++, last++) {
			if (word[i] & 1) {
				return last + 1;
			}
		}
		chain += n * sizeof word[0];
	}
	return last < FPS_ELFFILE_SYMBOLS ? last + 1 : FPS_ELFFILE_SYMBOLS;
}

/* No entry holds the table's length: the last symbol is at the end of the longest chain of its hash table. */
static uint32_t count_gnu_hash(const struct fps_elffile *file, uint64_t at)
{
	uint32_t header[4], word[1024], last = 0;
	uint64_t buckets = at + sizeof header;

	if (!fps_elffile_read(file, header, at, sizeof header) || header[0] > FPS_ELFFILE_SYMBOLS) {
		return 0;
	}
	buckets += (uint64_t) header[2] * sizeof(uint64_t);
	for (uint32_t i = 0, n; i < header[0]; i += n) {
		n = header[0] - i < 1024 ? header[0] - i : 1024;
		if (!fps_elffile_read(file, word, buckets + i * sizeof word[0], n * sizeof word[0])) {
			return 0;
		}
		for (uint32_t k = 0; k < n; k++) {
			last = word[k] > last ? word[k] : last;
		}
	}
	if (last < header[1]) {
		return 0;
	}
	return chain_end(file, buckets + ((uint64_t) header[0] + (last - header[1])) * sizeof word[0], last);
}

static bool find_by_dynamic(const struct fps_elffile *file, struct fps_elffile_table *table)
{
	uint64_t tag[DT_NUM] = {0}, gnu_hash = 0, at = 0;
	Elf64_Dyn entry;

	for (uint32_t i = 0; i < file->segments; i++) {
		at = file->segment[i].p_type == PT_DYNAMIC ? file->segment[i].p_offset : at;
	}
	for (int i = 0;
		 at > 0 && i < MAX_DYNAMIC && fps_elffile_read(file, &entry, at, sizeof entry) && entry.d_tag != DT_NULL; i++) {
		if (entry.d_tag == DT_GNU_HASH) {
			gnu_hash = entry.d_un.d_val;
		} else if (entry.d_tag > 0 && entry.d_tag < DT_NUM) {
			tag[entry.d_tag] = entry.d_un.d_val;
		}
		at += sizeof entry;
	}
	uint32_t hash[2] = {0, 0};

	if (gnu_hash) {
		hash[1] = count_gnu_hash(file, file_offset(file, gnu_hash));
	} else if (tag[DT_HASH] && !fps_elffile_read(file, hash, file_offset(file, tag[DT_HASH]), sizeof hash)) {
		return false;
	}
	*table = (struct fps_elffile_table) {.symbols = file_offset(file, tag[DT_SYMTAB]),
		.strings = file_offset(file, tag[DT_STRTAB]),
		.strings_size = tag[DT_STRSZ],
		.count = hash[1] < FPS_ELFFILE_SYMBOLS ? hash[1] : FPS_ELFFILE_SYMBOLS};
	return table->symbols && table->strings && is_inside(file, table->strings, table->strings_size);
}

bool fps_elffile_table(const struct fps_elffile *file, struct fps_elffile_table *table)
{
	return find_by_sections(file, SHT_SYMTAB, table) || find_by_sections(file, SHT_DYNSYM, table)
		|| find_by_dynamic(file, table);
}
