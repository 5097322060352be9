/* What differs between the PHP versions that are supported, 8.2 to 8.6; nothing else names PHP_VERSION_ID. */
#ifndef FPS_COMPAT_H
#define FPS_COMPAT_H

#include "php.h"

#if PHP_VERSION_ID < 80200
#error "fpmsentinel needs PHP 8.2 or newer"
#endif

/* What else the functions of a custom heap are called with: in a debug build, from 8.4 on, where. */
#if PHP_VERSION_ID >= 80400
#define FPS_HEAP_WHERE ZEND_FILE_LINE_DC ZEND_FILE_LINE_ORIG_DC
#else
#define FPS_HEAP_WHERE
#endif

#endif
