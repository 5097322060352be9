/*
 * PHP in a second thread, as an extension or a server with threads runs it.
 */
#include "crashme.h"

#include "SAPI.h"
#include "php_main.h"

#include <pthread.h>

#ifdef ZTS

#define MAX_THREADS 16

static void *run_request(void *path)
{
	zend_file_handle file;

	ts_resource(0);
	if (php_request_startup() == SUCCESS) {
		SG(headers_sent) = 1;
		SG(request_info).no_headers = 1;
		zend_stream_init_filename(&file, path);
		php_execute_script(&file);
		zend_destroy_file_handle(&file);
		SG(sapi_started) = 0; /* or FPM would end an answer: this thread has none to give */
		php_request_shutdown(NULL);
	}
	ts_free_thread();
	free(path);
	return NULL;
}

CRASHME_ENTRY(php_threads)
{
	pthread_t threads[MAX_THREADS];
	zend_long count = MIN(MAX(arg, 1), MAX_THREADS);

	for (zend_long i = 0; i < count; i++) {
		char *path = strdup(zend_ini_string(ZEND_STRL("crashme.script"), 0));

		if (pthread_create(&threads[i], NULL, run_request, path) != 0) {
			zend_error_noreturn(E_ERROR, "crashme: no thread");
		}
	}
	for (zend_long i = 0; i < count; i++) {
		if (arg == 0) {
			pthread_detach(threads[i]);
		} else {
			pthread_join(threads[i], NULL);
		}
	}
	RETVAL_TRUE;
}

#else

CRASHME_ENTRY(php_threads)
{
	RETVAL_FALSE;
}

#endif
