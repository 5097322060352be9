/* This is a generated file, edit the .stub.php file instead.
 * Stub hash: 737d8c8addca98f11484c2f3c751ee2fa9b152fe */

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_crashme, 0, 1, IS_MIXED, 0)
	ZEND_ARG_TYPE_INFO(0, what, IS_STRING, 0)
	ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, arg, IS_LONG, 0, "0")
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_crashme_list, 0, 0, IS_ARRAY, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_crashme_arm, 0, 0, IS_VOID, 0)
ZEND_END_ARG_INFO()


ZEND_FUNCTION(crashme);
ZEND_FUNCTION(crashme_list);
ZEND_FUNCTION(crashme_arm);


static const zend_function_entry ext_functions[] = {
	ZEND_FE(crashme, arginfo_crashme)
	ZEND_FE(crashme_list, arginfo_crashme_list)
	ZEND_FE(crashme_arm, arginfo_crashme_arm)
	ZEND_FE_END
};
