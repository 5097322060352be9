#ifndef PHP_FPMSENTINEL_H
#define PHP_FPMSENTINEL_H

/* The module, as PHP sees it. */
#include "php.h"

#define PHP_FPMSENTINEL_VERSION "0.1.0"

extern zend_module_entry fpmsentinel_module_entry;
#define phpext_fpmsentinel_ptr &fpmsentinel_module_entry

#endif
