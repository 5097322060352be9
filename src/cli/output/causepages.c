/* The pages of docs/causes: which there are, and which one a word means. */
#include "output/causepages.h"

#include "output/markdown_text.h"

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
