/* Places in the source, by elfutils' libdw. */
#include "native/addr2line.h"

#include "base/alloc.h"
#include "base/span.h"
#include "native/debugfile.h"

#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_MODULES = 64 };

struct module {
	struct fps_build_id build_id;
	struct fps_debugfile file;
};

struct fps_addr2line {
	const char *directory;
	size_t count;
	struct module *modules[MAX_MODULES];
};

const char *fps_addr2line_ability(void)
{
	static char text[80];

	snprintf(text, sizeof(text), "Built with libdw %s: files and lines of native frames.", dwfl_version(NULL));
	return text;
}

struct fps_addr2line *fps_addr2line_open(const char *directory)
{
	struct fps_addr2line *debuginfo = fps_alloc(1, sizeof(*debuginfo));

	debuginfo->directory = directory;
	return debuginfo;
}

void fps_addr2line_close(struct fps_addr2line *debuginfo)
{
	for (size_t i = 0; i < debuginfo->count; i++) {
		fps_debugfile_close(&debuginfo->modules[i]->file);
		free(debuginfo->modules[i]);
	}
	free(debuginfo);
}

static bool parse_build_id(struct fps_build_id *build_id, const char *text)
{
	size_t digits = strspn(text, "0123456789abcdef");

	build_id->len = digits / 2;
	if (text[digits] != '\0' || digits % 2 != 0 || build_id->len < 2 || build_id->len > FPS_BUILD_ID_MAX) {
		return false;
	}
	for (size_t i = 0; i < build_id->len; i++) {
		const char byte[3] = {text[i * 2], text[i * 2 + 1], '\0'};

		build_id->bytes[i] = (uint8_t) strtoul(byte, NULL, 16);
	}
	return true;
}

/* NULL if it can't be had. */
static Dwarf *dwarf_of(struct fps_addr2line *debuginfo, const char *path, const char *text)
{
	struct fps_build_id build_id;
	struct module *module;

	if (!parse_build_id(&build_id, text)) {
		return NULL;
	}
	for (size_t i = 0; i < debuginfo->count; i++) {
		module = debuginfo->modules[i];
		if (module->build_id.len == build_id.len && memcmp(module->build_id.bytes, build_id.bytes, build_id.len) == 0) {
			return module->file.main.dwarf;
		}
	}
	if (debuginfo->count == MAX_MODULES) {
		return NULL;
	}
	module = debuginfo->modules[debuginfo->count++] = fps_alloc(1, sizeof(*module));
	module->build_id = build_id;
	fps_debugfile_open(&module->file, &build_id, debuginfo->directory, path);
	return module->file.main.dwarf;
}

/*
 * Not by the file's index of addresses, which not every compiler makes. A skeleton's rest is in a file that libdw would
 * open.
 */
static bool find_unit(Dwarf *dwarf, Dwarf_Addr address, Dwarf_Die *die)
{
	Dwarf_CU *unit = NULL;
	uint8_t type;

	while (dwarf_get_units(dwarf, unit, &unit, NULL, &type, die, NULL) == 0) {
		if (type == DW_UT_compile && dwarf_haspc(die, address) == 1) {
			return true;
		}
	}
	return false;
}

static int number_of(Dwarf_Die *die, unsigned name)
{
	Dwarf_Attribute attribute;
	Dwarf_Word value = 0;

	return dwarf_formudata(dwarf_attr(die, name, &attribute), &value) == 0 && value <= INT_MAX ? (int) value : 0;
}

/* Where the call was that is there no more. */
static struct fps_code_place call_of(Dwarf_Die *unit, Dwarf_Die *inlined)
{
	struct fps_code_place place = {.line = number_of(inlined, DW_AT_call_line)};
	size_t count, number = (size_t) number_of(inlined, DW_AT_call_file);
	Dwarf_Files *files;

	if (dwarf_getsrcfiles(unit, &files, &count) == 0 && number < count) {
		place.file = dwarf_filesrc(files, number, NULL, NULL);
	}
	return place;
}

/* The blocks and functions around an address, the innermost first. They are the caller's to free. */
static int scopes_of(Dwarf_Die *unit, Dwarf_Addr address, Dwarf_Die **scopes)
{
	Dwarf_Die *lexical = NULL;
	int count = dwarf_getscopes(unit, address, &lexical);

	/*
	 * those are of the source: around an inlined function there is what it was written in, not what it is inlined into
	 */
	count = count > 0 ? dwarf_getscopes_die(&lexical[0], scopes) : 0;
	free(lexical);
	return count;
}

/* Where the table of lines has an address. */
static struct fps_code_place line_of(Dwarf_Die *unit, Dwarf_Addr address)
{
	Dwarf_Line *line = dwarf_getsrc_die(unit, address);
	struct fps_code_place place = {.file = line ? dwarf_linesrc(line, NULL, NULL) : NULL};

	if (line && dwarf_lineno(line, &place.line) != 0) {
		place.line = 0;
	}
	return place;
}

/* Which function a place is in, and how far behind its start. */
static void set_function(struct fps_code_place *place, Dwarf_Die *function, uint64_t offset)
{
	Dwarf_Addr start;

	place->function = dwarf_diename(function);
	place->inlined = dwarf_tag(function) == DW_TAG_inlined_subroutine;
	place->has_offset = !place->inlined && dwarf_entrypc(function, &start) == 0 && start <= offset;
	place->offset = place->has_offset ? offset - start : 0;
}

size_t fps_addr2line_find(struct fps_addr2line *debuginfo, const char *module, const char *build_id, uint64_t offset,
	bool is_return, struct fps_code_place places[FPS_ADDR2LINE_PLACES])
{
	Dwarf *dwarf = dwarf_of(debuginfo, module, build_id);
	Dwarf_Addr address = offset - (is_return && offset > 0);
	Dwarf_Die unit, *scopes = NULL;
	size_t found = 0;

	if (dwarf == NULL || !find_unit(dwarf, address, &unit)) {
		return 0;
	}
	places[0] = line_of(&unit, address);
	int count = scopes_of(&unit, address, &scopes), tag = 0;

	for (int i = 0; i < count && tag != DW_TAG_subprogram && found < FPS_ADDR2LINE_PLACES; i++) {
		tag = dwarf_tag(&scopes[i]);
		if (tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine) {
			set_function(&places[found++], &scopes[i], offset);
		}
		if (tag == DW_TAG_inlined_subroutine && found < FPS_ADDR2LINE_PLACES) {
			places[found] = call_of(&unit, &scopes[i]);
		}
	}
	free(scopes);
	return found ? found : places[0].file != NULL;
}
