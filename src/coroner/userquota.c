/* Limits how much is written that is not about a death. */
#include "coroner/userquota.h"

#include "coroner/fpmstderr.h"
#include "coroner/process.h"

#include <stdio.h>
#include <string.h>

#define MINUTE_NS 60000000000ULL
#define USERS 512

struct user {
	uint64_t minute_ns; /* when its minute began; 0: free */
	uint64_t bytes, dropped;
	uid_t uid;
	char pool[sizeof((struct fps_identity *) 0)->pool]; /* one of those whose events were dropped */
};

static struct {
	uint32_t used; /* users from here on have never been used */
	struct user user[USERS];
} * users;

int fps_userquota_init(void)
{
	users = fps_process_share(sizeof *users);
	return users ? 0 : -1;
}

static bool is_over(uint64_t minute_ns, uint64_t now_ns)
{
	return now_ns - minute_ns >= MINUTE_NS;
}

static void say_dropped(struct user *user)
{
	char words[320];
	int len = snprintf(words, sizeof words,
		"fpmsentinel: %llu events of user %u (pool %.63s) were dropped within a minute: one worker may have twice "
		"fpmsentinel.max_per_minute, one user %u MiB\n",
		(unsigned long long) user->dropped, (unsigned) user->uid, user->pool, FPS_USERQUOTA_BYTES >> 20);

	user->dropped = 0;
	fps_fpmstderr_write(words, (size_t) len);
}

/* With more users at once, some share a counter. */
static struct user *find(uid_t uid, uint64_t now_ns)
{
	struct user *free = NULL;

	for (uint32_t i = 0; i < users->used; i++) {
		struct user *user = &users->user[i];

		if (user->uid == uid) {
			return user;
		}
		free = is_over(user->minute_ns, now_ns) && user->dropped == 0 ? user : free;
	}
	if (!free && users->used == USERS) {
		return &users->user[uid % USERS];
	}
	free = free ? free : &users->user[users->used++];
	*free = (struct user) {.uid = uid};
	return free;
}

static struct user *user_now(uid_t uid, uint64_t now_ns)
{
	struct user *user = find(uid, now_ns);

	if (is_over(user->minute_ns, now_ns)) {
		if (user->dropped > 0) {
			say_dropped(user);
		}
		user->minute_ns = now_ns;
		user->bytes = 0;
	}
	return user;
}

bool fps_userquota_take(struct fps_ward *ward, uint64_t now_ns)
{
	struct user *user = user_now(ward->user.uid, now_ns);

	if (is_over(ward->minute_ns, now_ns)) {
		ward->minute_ns = now_ns;
		ward->events = 0;
	}
	if (ward->events < 2ULL * ward->who.max_per_minute && user->bytes < FPS_USERQUOTA_BYTES) {
		ward->events++;
		return true;
	}
	user->dropped++;
	memcpy(user->pool, ward->who.pool, sizeof user->pool);
	return false;
}

void fps_userquota_use(const struct fps_ward *ward, uint64_t now_ns, size_t bytes)
{
	user_now(ward->user.uid, now_ns)->bytes += bytes;
}

uint64_t fps_userquota_report(uint64_t now_ns)
{
	uint64_t next_ns = UINT64_MAX;

	for (uint32_t i = 0; i < users->used; i++) {
		struct user *user = &users->user[i];

		if (user->dropped == 0) {
			continue;
		}
		if (now_ns == UINT64_MAX || is_over(user->minute_ns, now_ns)) {
			say_dropped(user);
		} else if (user->minute_ns + MINUTE_NS < next_ns) {
			next_ns = user->minute_ns + MINUTE_NS;
		}
	}
	return next_ns;
}
