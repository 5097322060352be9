# What is no extension make must be told of.
all: $(phplibdir)/malloc_counter.so $(phplibdir)/faulty.so $(phplibdir)/early.so $(phplibdir)/steptrouble

$(phplibdir)/malloc_counter.so: $(srcdir)/malloc_counter.c
	@mkdir -p $(phplibdir)
	$(CC) -Wall -Wextra -O2 -fno-builtin -fPIC -shared -o $@ $(srcdir)/malloc_counter.c

$(phplibdir)/faulty.so: $(srcdir)/faulty.c
	@mkdir -p $(phplibdir)
	$(CC) -Wall -Wextra -O2 -fPIC -shared -o $@ $(srcdir)/faulty.c

$(phplibdir)/early.so: $(srcdir)/early.c
	@mkdir -p $(phplibdir)
	$(CC) -Wall -Wextra -O2 -fPIC -shared -o $@ $(srcdir)/early.c

$(phplibdir)/steptrouble: $(srcdir)/steptrouble.c
	@mkdir -p $(phplibdir)
	$(CC) -Wall -Wextra -O2 -o $@ $(srcdir)/steptrouble.c
