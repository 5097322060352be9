/* A module that faults while it is loaded, when the loader has it in its lists and holds its lock. */
static void __attribute__((constructor)) fault(void)
{
	volatile char *volatile nothing = 0;

	(void) *nothing;
}
