/*
 * record.c: slots that nobody can trust, as the coroner will read them. Whatever the bytes: no fault,
 * one line of strict JSON, not too long. And of some thousand of them make checks that they keep the schema.
 */
#include "slots.h"

/* --- a strict reader of JSON (RFC 8259): the end of the value, NULL where it is none --------- */

static const char *value(const char *at, const char *end, int depth);

static const char *escape(const char *at, const char *end)
{
	if (at == end) {
		return NULL;
	}
	if (*at != 'u') {
		return strchr("\"\\/bfnrt", *at) && *at ? at + 1 : NULL;
	}
	if (end - at < 5 || strspn(at + 1, "0123456789abcdefABCDEF") < 4) {
		return NULL;
	}
	if ((at[1] | 0x20) != 'd' || !strchr("89abcdefABCDEF", at[2])) {
		return at + 5;
	}
	/* Half a surrogate pair is no character. */
	return strchr("89abAB", at[2]) && end - at >= 11 && at[5] == '\\' && at[6] == 'u' && (at[7] | 0x20) == 'd'
			&& strchr("cdefCDEF", at[8]) && strspn(at + 7, "0123456789abcdefABCDEF") >= 4
		? at + 11
		: NULL;
}

/* An UTF-8 sequence by its numbers rather than by tables, other than buf.c does it. */
static const char *character(const char *at, const char *end)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned char lead = (unsigned char) *at;
	int len = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 0;
	uint32_t code = lead & (len == 1 ? 0x7fu : 0xffu >> (len + 1));

	if (len == 0 || lead >= 0xf8 || end - at < len) {
		return NULL;
	}
	for (int i = 1; i < len; i++) {
		if (((unsigned char) at[i] & 0xc0) != 0x80) {
			return NULL;
		}
		code = code << 6 | ((unsigned char) at[i] & 0x3f);
	}
	return code < 0x20 || code == 0x7f || code < least[len] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)
		? NULL
		: at + len;
}

static const char *string(const char *at, const char *end)
{
	if (at == end || *at++ != '"') {
		return NULL;
	}
	while (at && at < end && *at != '"') {
		at = *at == '\\' ? escape(at + 1, end) : character(at, end);
	}
	return at && at < end ? at + 1 : NULL;
}

static const char *number(const char *at, const char *end)
{
	const char *digits = at += at < end && *at == '-';
	size_t len = strspn(digits, "0123456789");

	if (len == 0 || (len > 1 && digits[0] == '0')) {
		return NULL;
	}
	at += len;
	if (at < end && *at == '.') {
		len = strspn(at + 1, "0123456789");
		at = len > 0 ? at + 1 + len : NULL;
	}
	return at;
}

static const char *members(const char *at, const char *end, char closing, int depth)
{
	if (at < end && *at == closing) {
		return at + 1;
	}
	for (;;) {
		if (closing == '}') {
			at = string(at, end);
			if (!at || at == end || *at++ != ':') {
				return NULL;
			}
		}
		at = value(at, end, depth + 1);
		if (!at || at == end) {
			return NULL;
		}
		if (*at == closing) {
			return at + 1;
		}
		if (*at++ != ',') {
			return NULL;
		}
	}
}

static const char *value(const char *at, const char *end, int depth)
{
	if (at == end || depth > 10) {
		return NULL;
	}
	switch (*at) {
		case '{': return members(at + 1, end, '}', depth);
		case '[': return members(at + 1, end, ']', depth);
		case '"': return string(at, end);
		case 't': return end - at >= 4 && memcmp(at, "true", 4) == 0 ? at + 4 : NULL;
		case 'f': return end - at >= 5 && memcmp(at, "false", 5) == 0 ? at + 5 : NULL;
		default: return number(at, end);
	}
}

static void the_reader_is_strict(void)
{
	static const struct {
		const char *text;
		bool good;
	} cases[] = {
		{"{}", true},
		{"{\"a\":[1,-2,0,1.50],\"b\":{\"c\":\"\\u0001\\n\u20ac\"},\"d\":true,\"e\":false}", true},
		{"{", false},
		{"{}}", false},
		{"{\"a\":1,}", false},
		{"{,}", false},
		{"[1,]", false},
		{"[,1]", false},
		{"[01]", false},
		{"[1.]", false},
		{"[-]", false},
		{"[.5]", false},
		{"{\"a\"}", false},
		{"{\"a\":}", false},
		{"{a:1}", false},
		{"[\"]", false},
		{"[\"\n\"]", false},
		{"[\"\\x\"]", false},
		{"[\"\\u12g4\"]", false},
		{"[\"\\ud800\"]", false},
		{"[\"\\udb40\\udc1f\"]", true},
		{"[\"\\udb40\\u0041\"]", false},
		{"[\"\\udc1f\\udc1f\"]", false},
		{"[\"\xff\"]", false},
		{"[\"\xc0\xaf\"]", false},
		{"[\"\xed\xa0\x80\"]", false},
		{"[\"\xe2\x82\"]", false},
		{"[\"\xf4\x90\x80\x80\"]", false},
		{"[tru]", false},
		{"[nul]", false},
		{"[1 ,2]", false},
		{"", false},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *end = cases[i].text + strlen(cases[i].text);

		UNIT_CASE(cases[i].text);
		CHECK((value(cases[i].text, end, 0) == end) == cases[i].good);
	}
}

/* --- slots ---------------------------------------------------------------------------------- */

static FILE *records;
/* how many of a test's random slots make validates: that takes a hundred times as long as to make them */
static unsigned kept_rounds;

static void check_line(const char *line, size_t len, size_t most)
{
	bool good = CHECK(len > 2 && len <= most) && CHECK(line[len - 1] == '\n')
		&& CHECK(value(line, line + len - 1, 0) == line + len - 1);

	if (!good) {
		unit_show("line", line, len <= most ? len : most);
	} else if (kept_rounds > 0) {
		CHECK(fwrite(line, 1, len, records) == len);
	}
}

/* The slot and the lines are memory of their own, so that the sanitizer guards both ends. */
static void check(struct fps_slot *slot)
{
	static const struct fps_sig_storm storm = {.count = UINT32_MAX, .first = "01a20205a38f000cd4e5f708192a3b4c"};
	static char *line, *brief;

	line = line ? line : malloc(FPS_SIG_RECORD_MAX);
	brief = brief ? brief : malloc(FPS_SIG_RECORD_SHORT);
	memset(line, '}', FPS_SIG_RECORD_MAX);
	check_line(line, fps_sig_record_format(slot, line), FPS_SIG_RECORD_MAX);
	check_line(brief, fps_sig_record_format_short(slot, &storm, brief), FPS_SIG_RECORD_SHORT);
	kept_rounds -= kept_rounds > 0;
}

static void begin(void)
{
	fps_sig_record_init("web1\n\xff\"", "8.2.36", "0.1.0");
	records = fopen("build/garbage.jsonl", "wb");
	if (!CHECK(records != NULL)) {
		exit(1);
	}
}

static void finish(void)
{
	CHECK(fclose(records) == 0);
}

/* Nothing but one byte: no text has an end, every count and index is wrong. */
static void one_byte_everywhere(void)
{
	struct fps_slot *slot = malloc(sizeof *slot);

	kept_rounds = 256;
	for (int byte = 0; byte < 256; byte++) {
		memset(slot, byte, sizeof *slot);
		slot->magic = FPS_SLOT_MAGIC;
		check(slot);
	}
	free(slot);
}

static void fill(void *to, size_t size)
{
	for (size_t i = 0; i + sizeof(uint64_t) <= size; i += sizeof(uint64_t)) {
		uint64_t value = unit_random();

		memcpy((char *) to + i, &value, sizeof value);
	}
}

static void random_bytes_everywhere(void)
{
	struct fps_slot *slot = malloc(sizeof *slot);

	kept_rounds = 1000;
	for (int round = 0; round < 5000; round++) {
		fill(slot, sizeof *slot);
		slot->magic = FPS_SLOT_MAGIC;
		check(slot);
	}
	free(slot);
}

/* Most of a slot is the arena and text; every other time it is what stands before the arena that is hit. */
static void damage(struct fps_slot *slot, bool small)
{
	for (uint64_t n = unit_random() % 64; n > 0; n--) {
		uint64_t value = small ? unit_random() % 256 : unit_random();
		size_t len = 1u << unit_random() % 4;
		size_t from = unit_random() % 2 ? 0 : offsetof(struct fps_slot, draft);
		size_t size = from ? offsetof(struct fps_draft, arena) : sizeof *slot - sizeof value;

		memcpy((char *) slot + from + unit_random() % size / len * len, &value, len);
	}
	slot->magic = FPS_SLOT_MAGIC;
}

/*
 * A good slot of which some is overwritten: it gets further than noise does. Every other time by
 * small numbers, so that they are counts and indices just out of bounds.
 */
static void damaged_slots(void)
{
	struct fps_slot *plain = slot_example(), *full = slot_example(), *slot = malloc(sizeof *slot);

	slot_fill_stacks(full, "\xe2\x82\xac\"\x01z", 6);
	kept_rounds = 2500;
	for (int round = 0; round < 15000; round++) {
		memcpy(slot, round % 8 == 0 ? full : plain, sizeof *slot);
		damage(slot, round % 2);
		check(slot);
	}
	free(plain);
	free(full);
	free(slot);
}

/* What is shown only where it is claimed to be there: with it one field more can be wrong. */
static struct fps_slot *slot_with_all(void)
{
	struct fps_slot *slot = slot_example();

	slot->draft.has_address = slot->draft.has_cpu = 1;
	slot->draft.sender_role = FPS_ROLE_OTHER;
	SET(slot->draft.sender_command, "kill");
	slot->request.annotations = FPS_MAX_ANNOTATIONS;
	for (size_t i = 0; i < FPS_MAX_ANNOTATIONS; i++) {
		snprintf(slot->request.annotation[i].key, sizeof slot->request.annotation[i].key, "key%zu", i);
	}
	return slot;
}

/* Counts, indices, text and the rest */
static const struct {
	const char *name;
	size_t at, size;
} fields[] = {
#define ROW(field) \
	{ \
#field, offsetof(struct fps_slot, field), sizeof((struct fps_slot *) NULL)->field \
	}
	ROW(draft.php_frames),
	ROW(draft.php_frames_omitted),
	ROW(draft.native_frames),
	ROW(draft.modules),
	ROW(draft.registers),
	ROW(draft.arena_len),
	ROW(draft.native_frame[0].module),
	ROW(draft.native_frame[1].module),
	ROW(draft.module[0].build_id_len),
	ROW(draft.php_frame[0].function.at),
	ROW(draft.php_frame[0].function.len),
	ROW(draft.php_frame[0].class_name),
	ROW(draft.php_frame[1].file.at),
	ROW(draft.php_frame[1].file.len),
	ROW(draft.php_frame[0].call),
	ROW(draft.php_frame[0].line_approximate),
	ROW(draft.cause),
	ROW(draft.confidence),
	ROW(draft.phase),
	ROW(draft.sender_role),
	ROW(draft.signal),
	ROW(draft.signal_code),
	ROW(draft.stages_done),
	ROW(draft.headers_sent),
	ROW(draft.finished),
	ROW(draft.has_code),
	ROW(draft.has_address),
	ROW(draft.has_sender),
	ROW(draft.died_ns),
	ROW(draft.died_us),
	ROW(draft.sender_pid),
	ROW(draft.memory_used),
	ROW(draft.sampled_ns),
	ROW(draft.has_cpu),
	ROW(request.started_ns),
	ROW(who.epoch_ns),
	ROW(requests_served),
	ROW(who.started_us),
	ROW(who.seed),
	ROW(who.pid),
	ROW(who.parent_pid),
	ROW(quit_ns),
	ROW(who.claimed_ns),
	ROW(who.started_ticks),
	ROW(who.lifecycle),
	ROW(phase),
	ROW(several_threads),
	ROW(draft.other_thread),
	ROW(finished),
	ROW(events),
	ROW(rss_peak),
	ROW(request.memory_limit),
	ROW(request.max_execution_time),
	ROW(request.hard_timeout),
	ROW(request.annotations),
	ROW(draft.sender_uid),
	ROW(draft.address),
	ROW(draft.event),
	ROW(draft.memory_peak),
	ROW(draft.memory_rss),
	ROW(draft.cpu_us),
	ROW(draft.state_unknown),
	ROW(draft.php_frame[0].line),
	ROW(draft.php_frame[1].line),
	ROW(draft.php_frame[1].class_name.len),
	ROW(draft.php_frame[1].function),
	ROW(draft.php_frame[2].file),
	ROW(draft.php_frame),
	ROW(draft.native_frame[0].ip),
	ROW(draft.native_frame),
	ROW(draft.module[0].start),
	ROW(draft.module[0].end),
	ROW(draft.module[0].bias),
	ROW(draft.module[0].build_id),
	ROW(draft.module),
	ROW(draft.register_value),
	ROW(draft.arena),
	ROW(who.pool),
	ROW(who.sapi),
	ROW(who.listen),
	ROW(who.log),
	ROW(request.method),
	ROW(request.domain),
	ROW(request.path),
	ROW(request.query),
	ROW(request.script),
	ROW(request.client_ip),
	ROW(request.id),
	ROW(request.nginx_pid),
	ROW(request.nginx_connection),
	ROW(request.nginx_connection_requests),
	ROW(request.traceparent),
	ROW(request.annotation),
	ROW(request.numbers_len),
	ROW(request.numbers),
	ROW(draft.sender_command),
	ROW(draft.error_type),
	ROW(draft.error_message),
	ROW(draft.evidence),
#undef ROW
};

/* One field at a time as far out of bounds as its type allows. */
static void each_count_and_index(void)
{
	struct fps_slot *slot = malloc(sizeof *slot), *good = slot_example();
	struct fps_draft *draft = &slot->draft;
	static const uint8_t bytes[] = {0x00, 0x01, '0', 0x7f, 0x80, 0xff};
	struct fps_slot *with_all = slot_with_all();

	kept_rounds = 3 * COUNT(fields) * COUNT(bytes);
	for (size_t i = 0; i < COUNT(fields) * COUNT(bytes); i++) {
		memcpy(slot, with_all, sizeof *slot);
		memset((char *) slot + fields[i / COUNT(bytes)].at, bytes[i % COUNT(bytes)], fields[i / COUNT(bytes)].size);
		check(slot);
		memcpy(slot, good, sizeof *slot);
		UNIT_CASE(fields[i / COUNT(bytes)].name);
		memset((char *) slot + fields[i / COUNT(bytes)].at, bytes[i % COUNT(bytes)], fields[i / COUNT(bytes)].size);
		check(slot);
		/* With no frames before it, that one is looked at further. */
		memset(draft->php_frame, 0, sizeof draft->php_frame);
		check(slot);
	}
	free(good);
	free(with_all);
	free(slot);
}

/* Keys that differ, and are the same once their bytes have become text. */
static void annotations_of_one_name(void)
{
	struct fps_slot *slot = slot_example();
	char line[FPS_SIG_RECORD_MAX + 1];

	slot->request.annotations = 4;
	SET(slot->request.annotation[0].key, "\xff");
	SET(slot->request.annotation[0].value, "first");
	SET(slot->request.annotation[1].key, "\xfe");
	SET(slot->request.annotation[2].key, "");
	SET(slot->request.annotation[3].key, "\xff");
	kept_rounds = 1;
	check(slot);
	line[fps_sig_record_format(slot, line)] = '\0';
	CHECK(strstr(line, "\"annotations\":{\"\xef\xbf\xbd\":\"first\"}") != NULL);
	free(slot);
}

UNIT_MAIN(TEST(the_reader_is_strict), TEST(begin), TEST(each_count_and_index), TEST(annotations_of_one_name),
	TEST(one_byte_everywhere), TEST(random_bytes_everywhere), TEST(damaged_slots), TEST(finish))
