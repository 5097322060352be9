#include "compat.h"

#include "worker/phpthread.h"

#include "sig/engine.h"

#ifdef ZTS

void *_Atomic fps_phpthread_globals;

bool fps_phpthread_take(void)
{
	void *here = tsrm_get_ls_cache(), *known = NULL;

	if (fps_phpthread_is_it() || atomic_compare_exchange_strong(&fps_phpthread_globals, &known, here)) {
		return true;
	}
	fps_sig_engine_share();
	return false;
}

#endif
