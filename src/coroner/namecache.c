#include "coroner/namecache.h"

#include "coroner/process.h"

#include "sig/trustedpath.h"

#include <string.h>
#include <sys/stat.h>

#define NAMES 2048
#define MODULES 256
/* The largest part of all entries that one user may have. */
#define OF_ONE 4

struct module {
	uint64_t used;   /* when it was last used, counted in uses; 0: free */
	uint32_t serial; /* no other entry has had this number */
	uid_t uid;
	struct fps_elffile_id file;
	uint8_t build_id_len, build_id[20];
	char path[sizeof((struct fps_namecache_item *) NULL)->path];
};

struct name {
	uint64_t used;
	uint32_t serial; /* of its module */
	uid_t uid;
	bool is_return;
	char text[FPS_SYMBOLS_TEXT];
};

/*
 * In memory that outlives a coroner. One that is killed leaves no half-written entry: `used` is cleared first and set
 * last.
 */
static struct {
	uint64_t needs;
	uint32_t serial;
	uint32_t modules, names; /* those from here on have never been used */
	struct module module[MODULES];
	uint64_t offset[NAMES]; /* of the names; lookups use it */
	struct name name[NAMES];
} * known;

int fps_namecache_init(void)
{
	known = fps_process_share(sizeof *known);
	return known ? 0 : -1;
}

/* --- which file it is --------------------------------------------------------------------------- */

static bool leads_to(const char *path, const struct fps_elffile_id *file)
{
	struct stat status;
	struct fps_elffile_id found;

	if (!fps_sig_trustedpath_look(path, &status) || !S_ISREG(status.st_mode)) {
		return false;
	}
	found = fps_elffile_identify(&status);
	return memcmp(&found, file, sizeof found) == 0;
}

static bool is_of(
	const struct module *module, uid_t uid, const char *path, const uint8_t *build_id, size_t build_id_len)
{
	return module->used && module->uid == uid && module->build_id_len == build_id_len
		&& memcmp(module->build_id, build_id, build_id_len) == 0 && strcmp(module->path, path) == 0;
}

static struct module *find_module(uid_t uid, const char *path, const uint8_t *build_id, size_t build_id_len)
{
	for (size_t i = 0; i < known->modules; i++) {
		if (is_of(&known->module[i], uid, path, build_id, build_id_len)) {
			return &known->module[i];
		}
	}
	return NULL;
}

static void forget(struct module *module)
{
	module->used = 0;
	for (size_t i = 0; i < known->names; i++) {
		if (known->name[i].serial == module->serial) {
			known->name[i].used = 0;
		}
	}
}

/* --- eviction ----------------------------------------------------------------------------------- */

/* Finds the place for one more name of a user: consider() is called for every place. */
struct place {
	size_t free, oldest, own_oldest, own; /* the last one is a count */
	uint64_t oldest_used, own_oldest_used;
};

static void consider(struct place *place, size_t number, uint64_t used, bool is_own)
{
	if (used == 0) {
		place->free = number;
	} else if (used < place->oldest_used) {
		place->oldest_used = used;
		place->oldest = number;
	}
	if (used != 0 && is_own) {
		place->own++;
		if (used < place->own_oldest_used) {
			place->own_oldest_used = used;
			place->own_oldest = number;
		}
	}
}

static size_t choose(const struct place *place, uint32_t *count, uint32_t all)
{
	if (place->own >= all / OF_ONE) {
		return place->own_oldest;
	}
	if (place->free != SIZE_MAX) {
		return place->free;
	}
	return *count < all ? (*count)++ : place->oldest;
}

static const struct place nowhere = {.free = SIZE_MAX, .oldest_used = UINT64_MAX, .own_oldest_used = UINT64_MAX};

static struct module *room_for_module(uid_t uid)
{
	struct place place = nowhere;

	for (size_t i = 0; i < known->modules; i++) {
		consider(&place, i, known->module[i].used, known->module[i].uid == uid);
	}
	return &known->module[choose(&place, &known->modules, MODULES)];
}

static struct name *room_for_name(uid_t uid)
{
	struct place place = nowhere;

	for (size_t i = 0; i < known->names; i++) {
		consider(&place, i, known->name[i].used, known->name[i].uid == uid);
	}
	return &known->name[choose(&place, &known->names, NAMES)];
}

/* --- keeping ------------------------------------------------------------------------------------ */

static struct name *find_name(const struct module *module, uint64_t offset, bool is_return)
{
	for (size_t i = 0; i < known->names; i++) {
		struct name *name = &known->name[i];

		if (known->offset[i] == offset && name->serial == module->serial && name->is_return == is_return
			&& name->used) {
			return name;
		}
	}
	return NULL;
}

static struct module *add_module(uid_t uid, const struct fps_namecache_item *item)
{
	struct module *module = find_module(uid, item->path, item->build_id, item->build_id_len);

	if (module && memcmp(&module->file, &item->file, sizeof item->file) == 0) {
		return module;
	}
	if (!leads_to(item->path, &item->file)) {
		return NULL;
	}
	module = module ? module : room_for_module(uid);
	forget(module);
	*module =
		(struct module) {.serial = ++known->serial, .uid = uid, .file = item->file, .build_id_len = item->build_id_len};
	memcpy(module->build_id, item->build_id, sizeof module->build_id);
	memcpy(module->path, item->path, sizeof module->path);
	module->used = ++known->needs;
	return module;
}

static void add_name(const struct module *module, const struct fps_namecache_item *item)
{
	struct name *name;

	if (find_name(module, item->offset, item->is_return)) {
		return;
	}
	name = room_for_name(module->uid);
	name->used = 0;
	*name = (struct name) {.serial = module->serial, .uid = module->uid, .is_return = item->is_return};
	known->offset[name - known->name] = item->offset;
	memcpy(name->text, item->text, sizeof name->text);
	name->used = ++known->needs;
}

static bool is_sane(const struct fps_namecache_item *item)
{
	return item->path[0] == '/' && memchr(item->path, '\0', sizeof item->path)
		&& memchr(item->text, '\0', sizeof item->text) && item->build_id_len <= sizeof item->build_id
		&& item->is_return <= 1;
}

void fps_namecache_keep(uid_t uid, struct fps_namecache_item *items, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct module *module = is_sane(&items[i]) ? add_module(uid, &items[i]) : NULL;

		if (module) {
			add_name(module, &items[i]);
		}
	}
}

/* --- of a draft --------------------------------------------------------------------------------- */

/* NULL if the frame is not in a file, or needs no name. */
static const struct fps_module *file_of(const struct fps_draft *draft, uint32_t frame)
{
	int number = draft->native_frame[frame].module;
	const struct fps_module *module =
		number >= 0 && (uint32_t) number < draft->modules && number < FPS_MAX_MODULES ? &draft->module[number] : NULL;

	return module && module->path[0] == '/' && module->build_id_len <= sizeof module->build_id ? module : NULL;
}

static uint32_t count_frames(const struct fps_draft *draft)
{
	return draft->native_frames < FPS_MAX_NATIVE_FRAMES ? draft->native_frames : FPS_MAX_NATIVE_FRAMES;
}

size_t fps_namecache_collect(const struct fps_draft *draft, char symbols[FPS_MAX_NATIVE_FRAMES][FPS_SYMBOLS_TEXT],
	const struct fps_symbols_file files[FPS_MAX_MODULES], struct fps_namecache_item items[FPS_MAX_NATIVE_FRAMES])
{
	size_t count = 0;

	for (uint32_t i = 0; i < count_frames(draft); i++) {
		const struct fps_module *module = file_of(draft, i);

		if (!module || !files[module - draft->module].is_known) {
			continue;
		}
		struct fps_namecache_item *item = &items[count++];

		*item = (struct fps_namecache_item) {.file = files[module - draft->module].id,
			.offset = draft->native_frame[i].ip - module->bias,
			.is_return = i > 0,
			.build_id_len = module->build_id_len};
		memcpy(item->build_id, module->build_id, sizeof item->build_id);
		memcpy(item->path, module->path, sizeof item->path);
		memcpy(item->text, symbols[i], sizeof item->text);
	}
	return count;
}

/*
 * For a module of the draft, looked up once; NULL if its names are not known, or belong to another file than the one
 * there now.
 */
static struct module *look_up(uid_t uid, const struct fps_module *module)
{
	struct module *found = find_module(uid, module->path, module->build_id, module->build_id_len);

	if (found && !leads_to(found->path, &found->file)) {
		forget(found);
		return NULL;
	}
	if (found) {
		found->used = ++known->needs;
	}
	return found;
}

bool fps_namecache_find(uid_t uid, const struct fps_draft *draft, char symbols[FPS_MAX_NATIVE_FRAMES][FPS_SYMBOLS_TEXT])
{
	struct module *found[FPS_MAX_MODULES] = {NULL};

	for (uint32_t i = 0; i < FPS_MAX_NATIVE_FRAMES; i++) {
		symbols[i][0] = '\0';
	}
	for (uint32_t i = 0; i < count_frames(draft); i++) {
		const struct fps_module *module = file_of(draft, i);
		struct module **in = module ? &found[module - draft->module] : NULL;
		struct name *name;

		if (!module) {
			continue;
		}
		*in = *in ? *in : look_up(uid, module);
		name = *in ? find_name(*in, draft->native_frame[i].ip - module->bias, i > 0) : NULL;
		if (!name) {
			return false;
		}
		name->used = ++known->needs;
		memcpy(symbols[i], name->text, sizeof name->text);
	}
	return true;
}
