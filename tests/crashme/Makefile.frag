# What LD_PRELOAD takes is no extension, so make must be told of it.
all: $(phplibdir)/malloc_counter.so

$(phplibdir)/malloc_counter.so: $(srcdir)/malloc_counter.c
	@mkdir -p $(phplibdir)
	$(CC) -Wall -Wextra -O2 -fno-builtin -fPIC -shared -o $@ $(srcdir)/malloc_counter.c
