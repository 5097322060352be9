#include "sig/namelist.h"

#include <string.h>

struct fps_sig_namelist fps_sig_namelist_calls, fps_sig_namelist_parameters;

static unsigned char lower(char c)
{
	unsigned char byte = (unsigned char) c;

	return byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte;
}

static uint64_t bit(size_t number)
{
	return 1ULL << (number % 64);
}

static bool is_space(char c)
{
	return c == ',' || c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_in_identifier(char c)
{
	return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') || c == '_' || (c & 0x80);
}

/* "name", "Name\Space\name" or "Name\Space\Class::name". */
static bool is_call(const char *name, size_t len)
{
	bool in_method = false;
	size_t begun = 0;

	for (size_t i = 0; i < len; i++) {
		if (is_in_identifier(name[i])) {
			begun++;
		} else if (begun > 0 && !in_method && name[i] == '\\') {
			begun = 0;
		} else if (begun > 0 && !in_method && i + 1 < len && name[i] == ':' && name[i + 1] == ':') {
			in_method = true;
			begun = 0;
			i++;
		} else {
			return false;
		}
	}
	return begun > 0;
}

/* What may precede the "=". */
static bool is_parameter(const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (name[i] <= ' ' || name[i] > '~' || strchr("&=#", name[i])) {
			return false;
		}
	}
	return true;
}

static bool add(struct fps_sig_namelist *names, size_t *used, const char *name, size_t len)
{
	if (names->count == FPS_SIG_MAX_NAMES || len > sizeof names->text - *used) {
		return false;
	}
	memcpy(names->text + *used, name, len);
	names->name[names->count].at = (uint16_t) *used;
	names->name[names->count].len = (uint16_t) len;
	names->count++;
	names->lengths |= bit(len);
	names->ends |= bit(lower(name[len - 1]));
	*used += len;
	return true;
}

static bool set(struct fps_sig_namelist *names, const char *list, bool (*is_valid)(const char *, size_t), char optional)
{
	struct fps_sig_namelist made = {0};
	size_t used = 0, len;

	for (;; list += len) {
		while (is_space(*list)) {
			list++;
		}
		list += optional && *list == optional && list[1];
		for (len = 0; list[len] && !is_space(list[len]); len++) {
		}
		if (len == 0 && *list == '\0') {
			break;
		}
		if (len == 0 || !is_valid(list, len) || !add(&made, &used, list, len)) {
			return false;
		}
	}
	*names = made;
	return true;
}

bool fps_sig_namelist_set_calls(const char *list)
{
	return set(&fps_sig_namelist_calls, list, is_call, '\\'); /* a full name may begin with it */
}

bool fps_sig_namelist_set_parameters(const char *list)
{
	return set(&fps_sig_namelist_parameters, list, is_parameter, '\0');
}

static bool is_same(const char *one, const char *other, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (lower(one[i]) != lower(other[i])) {
			return false;
		}
	}
	return true;
}

/* NULL where the table is being changed. */
static const char *name_at(const struct fps_sig_namelist *names, uint32_t index, size_t len)
{
	size_t at = names->name[index].at;

	return names->name[index].len == len && at + len <= sizeof names->text ? names->text + at : NULL;
}

bool fps_sig_namelist_has_call(const char *class_name, size_t class_len, const char *function, size_t len)
{
	const struct fps_sig_namelist *names = &fps_sig_namelist_calls;
	size_t before = class_len > 0 ? class_len + 2 : 0;

	if (len == 0 || !(names->lengths & bit(before + len)) || !(names->ends & bit(lower(function[len - 1])))) {
		return false;
	}
	for (uint32_t i = 0; i < names->count && i < FPS_SIG_MAX_NAMES; i++) {
		const char *name = name_at(names, i, before + len);

		if (name && is_same(name, class_name, class_len) && (before == 0 || memcmp(name + class_len, "::", 2) == 0)
			&& is_same(name + before, function, len)) {
			return true;
		}
	}
	return false;
}

bool fps_sig_namelist_has_parameter(const char *name, size_t len)
{
	const struct fps_sig_namelist *names = &fps_sig_namelist_parameters;

	for (uint32_t i = 0; len > 0 && i < names->count && i < FPS_SIG_MAX_NAMES; i++) {
		const char *listed = name_at(names, i, len);

		if (listed && memcmp(listed, name, len) == 0) {
			return true;
		}
	}
	return false;
}
