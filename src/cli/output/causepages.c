/* The pages of docs/causes: which there are, and which one a word means. */
#include "output/causepages.h"

#include "base/alloc.h"
#include "base/json.h"
#include "output/markdown_text.h"

#include <stdlib.h>
#include <string.h>

/*
 * One behind the other, each with a zero byte behind it; the folders that build this are all two below the top. A
 * cause without a page does not assemble.
 */
#define PAGE(name) ".incbin \"../../docs/causes/" name ".md\"\n.byte 0\n"
#define CAUSE(id, name, class, words) PAGE(name)
#define VERDICT(name, words) PAGE(name)
extern const char fps_causepages_texts[];
__asm__(".section .rodata\nfps_causepages_texts:\n"
#include "causes.def"
	PAGE("unexplained") PAGE("test-server") ".previous\n");

#define CAUSE(id, name, class, words) {name, words, NULL},
#define VERDICT(name, words) {name, words, NULL},
static struct fps_causepage pages[] = {
#include "causes.def"
	{"unexplained", "Nothing that was read explains the failure.", NULL},
	{"test-server", NULL, NULL},
};

enum { COUNT = sizeof pages / sizeof pages[0], DIGITS = 8, MAX_WORD = 40 };

const struct fps_causepage *fps_causepages_at(size_t number)
{
	const char *text = fps_causepages_texts;

	for (size_t i = 0; pages[0].text == NULL || (i > 0 && i < COUNT); i++) {
		pages[i].text = text;
		text += strlen(text) + 1;
	}
	return number < COUNT ? &pages[number] : NULL;
}

/* "stack-overflow-0f42f054" is "stack_overflow": the name of a defect ends in digits of its fingerprint. */
static void name_of(const char *word, char *name)
{
	size_t len = strnlen(word, MAX_WORD - 1), digits = 0;

	while (digits < len && strchr("0123456789abcdef", word[len - digits - 1])) {
		digits++;
	}
	len -= digits >= DIGITS && len > digits && word[len - digits - 1] == '-' ? digits + 1 : 0;
	for (size_t i = 0; i < len; i++) {
		name[i] = (char) (word[i] == '-' ? '_' : word[i] >= 'A' && word[i] <= 'Z' ? word[i] - 'A' + 'a' : word[i]);
	}
	name[len] = '\0';
}

bool fps_causepages_begins(const struct fps_causepage *page, const char *word)
{
	char name[MAX_WORD], other[MAX_WORD];

	name_of(word, name);
	name_of(page->name, other);
	return name[0] && strncmp(other, name, strlen(name)) == 0;
}

const struct fps_causepage *fps_causepages_find(const char *word)
{
	const struct fps_causepage *page, *found = NULL;
	size_t fitting = 0;
	char name[MAX_WORD];

	name_of(word, name);
	for (size_t i = 0; (page = fps_causepages_at(i)) != NULL; i++) {
		if (fps_causepages_begins(page, word)) {
			if (strlen(page->name) == strlen(name)) {
				return page;
			}
			found = page;
			fitting++;
		}
	}
	return fitting == 1 ? found : NULL;
}

void fps_causepages_print(FILE *out, const struct fps_style *style, const struct fps_causepage *page)
{
	fprintf(out, "%s%s%s\n", fps_terminal_colour(style, FPS_TERMINAL_BOLD), page->name,
		fps_terminal_colour(style, FPS_TERMINAL_PLAIN));
	fps_markdown_text_print(out, style, page->text);
}

static struct json_object *head_of(const struct fps_causepage *page)
{
	struct json_object *object = json_object_new_object();

	FPS_JSON_SET(object, {page->words ? "cause" : "page", page->name, 0}, {"meaning", page->words, 0});
	return object;
}

struct json_object *fps_causepages_json(void)
{
	struct json_object *object = json_object_new_object(), *array = json_object_new_array();
	const struct fps_causepage *page;

	for (size_t i = 0; (page = fps_causepages_at(i)) != NULL; i++) {
		if (page->words) {
			json_object_array_add(array, head_of(page));
		}
	}
	json_object_object_add(object, "causes", array);
	return object;
}

/* "What it is" is "what_it_is". */
static void set_section(struct json_object *object, struct fps_span title, struct fps_span text)
{
	char *key = fps_alloc_copy(title, 0), *value;

	for (char *at = key; *at; at++) {
		*at = (char) (*at == ' ' ? '_' : *at >= 'A' && *at <= 'Z' ? *at - 'A' + 'a' : *at);
	}
	while (text.len && text.at[text.len - 1] == '\n') {
		text.len--;
	}
	value = fps_alloc_copy(text, 0);
	FPS_JSON_SET(object, {key, value, 0});
	free(value);
	free(key);
}

struct json_object *fps_causepages_json_of(const struct fps_causepage *page)
{
	struct json_object *object = head_of(page);
	struct fps_span rest = fps_span_of(page->text), title, text;

	fps_span_take(&rest, "\n## ", &text);
	while (fps_span_take(&rest, "\n\n", &title)) {
		bool is_last = !fps_span_take(&rest, "\n## ", &text);

		set_section(object, title, is_last ? rest : text);
		if (is_last) {
			break;
		}
	}
	return object;
}
