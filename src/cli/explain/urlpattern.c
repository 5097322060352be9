/* Numbers and ids in paths, replaced by what they are. */
#include "explain/urlpattern.h"

#include "base/alloc.h"

#include <ctype.h>
#include <string.h>

enum { MIN_HEX = 8, MIN_ID = 16, MIN_ID_DIGITS = 3 };

static bool is_word(char c)
{
	return isalnum((unsigned char) c) || (unsigned char) c >= 0x80;
}

/* How long the shape is that the text begins with: 'x' a hexadecimal digit, '0' a digit, others themselves. 0: none. */
static size_t shaped(struct fps_span text, const char *shape)
{
	size_t len = strlen(shape);

	for (size_t i = 0; i < len; i++) {
		if (i >= text.len
			|| !(shape[i] == 'x'      ? isxdigit((unsigned char) text.at[i]) != 0
					: shape[i] == '0' ? isdigit((unsigned char) text.at[i]) != 0
									  : text.at[i] == shape[i])) {
			return 0;
		}
	}
	return len < text.len && is_word(text.at[len]) ? 0 : len;
}

static const char *placeholder_of(struct fps_span word)
{
	size_t digits = 0, hex = 0;

	for (size_t i = 0; i < word.len; i++) {
		digits += isdigit((unsigned char) word.at[i]) != 0;
		hex += isxdigit((unsigned char) word.at[i]) != 0;
	}
	return digits == word.len                             ? ":n"
		: hex == word.len && digits > 0 && hex >= MIN_HEX ? ":hex"
		: word.len >= MIN_ID && digits >= MIN_ID_DIGITS   ? ":id"
														  : NULL;
}

/* How long the escape is that the text begins with, as "%20"; 0: none. */
static size_t escaped(struct fps_span text)
{
	return text.len > 2 && text.at[0] == '%' && isxdigit((unsigned char) text.at[1])
			&& isxdigit((unsigned char) text.at[2])
		? 3
		: 0;
}

/* How long the word is that the text begins with, and what replaces it; NULL: it stays. */
static size_t take_word(struct fps_span text, const char **placeholder)
{
	static const struct {
		const char *shape, *placeholder;
	} shapes[] = {{"xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", ":uuid"}, {"0000-00-00", ":date"}};
	size_t len = escaped(text);

	for (size_t i = 0; len == 0 && i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		*placeholder = shapes[i].placeholder;
		len = shaped(text, shapes[i].shape);
	}
	if (len > 0) {
		*placeholder = text.at[0] == '%' ? NULL : *placeholder;
		return len;
	}
	while (len < text.len && is_word(text.at[len])) {
		len++;
	}
	*placeholder = len ? placeholder_of((struct fps_span) {text.at, len}) : NULL;
	return len ? len : 1;
}

/* Without its query, and as much of it as is used. */
static struct fps_span path_of(struct fps_span path, bool *cut)
{
	size_t len = 0;

	while (len < path.len && path.at[len] != '?' && path.at[len] != '#') {
		len++;
	}
	*cut = (*cut && len == path.len) || len > FPS_URLPATTERN_MAX;
	len = len < FPS_URLPATTERN_MAX ? len : FPS_URLPATTERN_MAX;
	while (*cut && len > 0 && path.at[len - 1] != '/') {
		len--;
	}
	return (struct fps_span) {path.at, len};
}

char *fps_urlpattern_of(struct fps_span path, bool cut)
{
	struct fps_span rest = path_of(path, &cut);
	char pattern[2 * FPS_URLPATTERN_MAX]; /* ":n" for one digit between separators is the most that it grows by */
	size_t len = 0;

	while (rest.len > 0) {
		const char *placeholder;
		size_t taken = take_word(rest, &placeholder);
		struct fps_span word = placeholder ? fps_span_of(placeholder) : (struct fps_span) {rest.at, taken};

		memcpy(pattern + len, word.at, word.len);
		len += word.len;
		rest.at += taken;
		rest.len -= taken;
	}
	return fps_alloc_format("%.*s%s", (int) len, pattern, cut ? "..." : "");
}
