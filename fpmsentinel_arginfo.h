/* This is a generated file, edit the .stub.php file instead.
 * Stub hash: d39e952165d16b2adc26f84af44b09d6012255d7 */

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_fpmsentinel_annotate, 0, 2, _IS_BOOL, 0)
	ZEND_ARG_TYPE_INFO(0, key, IS_STRING, 0)
	ZEND_ARG_TYPE_MASK(0, value, MAY_BE_STRING|MAY_BE_LONG|MAY_BE_DOUBLE|MAY_BE_BOOL|MAY_BE_NULL, NULL)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_fpmsentinel_status, 0, 0, IS_ARRAY, 0)
ZEND_END_ARG_INFO()


ZEND_FUNCTION(fpmsentinel_annotate);
ZEND_FUNCTION(fpmsentinel_status);


static const zend_function_entry ext_functions[] = {
	ZEND_FE(fpmsentinel_annotate, arginfo_fpmsentinel_annotate)
	ZEND_FE(fpmsentinel_status, arginfo_fpmsentinel_status)
	ZEND_FE_END
};
