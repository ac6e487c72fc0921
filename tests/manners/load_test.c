/* SPDX-License-Identifier: BSD-3-Clause
 * libakr as a plug-in: loaded and closed a hundred times, in every mode, on threads that end, as libakr.a inside a
 * plug-in that is unloaded, and twice from two places.
 *
 *   load_test MODE LIBRARY [SECOND_COPY]       MODE: local, global, deepbind, thread, plugin, copies */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROWS = 2000, COLS = 10 };

typedef struct {
  void *handle;
  int32_t (*create)(int32_t, int64_t, int64_t, const double *, int64_t, const void *, void **);
  void (*destroy)(void *);
  int32_t (*solve)(const void *, const void *, double, int64_t, const double *, int64_t, double *, int64_t,
                   const void *, void *);
  const char *(*last_error)(void);
} library;

static void require(int holds, const char *what) {
  if (holds) return;
  fprintf(stderr, "load_test: %s\n", what);
  exit(1);
}

/* dlsym returns an object pointer: POSIX lets it be copied into a function pointer. */
static void find(void *handle, const char *name, void *function) {
  void *address = dlsym(handle, name);
  require(address != NULL, name);
  memcpy(function, &address, sizeof address);
}

static library load(const char *path, int mode) {
  library lib;
  lib.handle = dlopen(path, mode);
  if (lib.handle == NULL) fprintf(stderr, "%s\n", dlerror());
  require(lib.handle != NULL, "dlopen failed");
  find(lib.handle, "akr_matrix_create_dense_f64", &lib.create);
  find(lib.handle, "akr_matrix_destroy", &lib.destroy);
  find(lib.handle, "akr_lsq_solve_f64", &lib.solve);
  find(lib.handle, "akr_last_error", &lib.last_error);
  return lib;
}

/* A(i, j) = (i mod COLS = j) + 0.01, b = A·(1, ..., 1): x must be that again, to far less than 1e-10. */
static void solve(const library *lib) {
  static double a[ROWS * COLS], b[ROWS], x[COLS];
  void *matrix = NULL;
  int i, j;
  for (i = 0; i < ROWS; ++i) {
    b[i] = 0;
    for (j = 0; j < COLS; ++j) b[i] += a[i * COLS + j] = (i % COLS == j) + 0.01;
  }
  require(lib->create(1, ROWS, COLS, a, COLS, NULL, &matrix) == 0, lib->last_error());
  require(lib->solve(matrix, NULL, 0, 1, b, ROWS, x, COLS, NULL, NULL) == 0, lib->last_error());
  lib->destroy(matrix);
  for (j = 0; j < COLS; ++j) require(x[j] - 1 < 1e-10 && 1 - x[j] < 1e-10, "wrong answer");
  require(lib->create(7, ROWS, COLS, a, COLS, NULL, &matrix) < 0 && lib->last_error()[0] != '\0', "no error text");
}

static int entries(const char *folder) {
  int count = 0;
  DIR *dir = opendir(folder);
  require(dir != NULL, folder);
  while (readdir(dir) != NULL) ++count;
  closedir(dir);
  return count;
}

static long resident_pages(void) {
  long total = 0, resident = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  require(file != NULL && fscanf(file, "%ld %ld", &total, &resident) == 2, "/proc/self/statm");
  fclose(file);
  return resident;
}

static int open_files(void) { return entries("/proc/self/fd"); }

/* A worker that has been joined may stay listed for a moment. */
static int threads(void) {
  int count = entries("/proc/self/task"), looks;
  for (looks = 0; looks < 100; ++looks) {
    int now;
    usleep(1000);
    now = entries("/proc/self/task");
    if (now == count) break;
    count = now;
  }
  return count;
}

static void once(const char *path, int mode) {
  const library lib = load(path, mode);
  solve(&lib);
  require(dlclose(lib.handle) == 0, "dlclose failed");
}

/* On a thread that ends before the library is used again: what it keeps for a thread must go with the thread. */
typedef struct {
  const char *path;
  int mode;
} visit;
static void *visitor(void *given) {
  const visit *v = given;
  once(v->path, v->mode);
  return NULL;
}
static void on_a_thread(const char *path, int mode) {
  visit v;
  pthread_t thread;
  v.path = path;
  v.mode = mode;
  require(pthread_create(&thread, NULL, visitor, &v) == 0, "pthread_create");
  require(pthread_join(thread, NULL) == 0, "pthread_join");
}

static void plugin_once(const char *path, int mode) {
  int (*solves)(void);
  void *handle = dlopen(path, mode);
  if (handle == NULL) fprintf(stderr, "%s\n", dlerror());
  require(handle != NULL, "dlopen failed");
  require(dlsym(handle, "akr_version") == NULL, "the plug-in shows what is inside it");
  find(handle, "plugin_solves", &solves);
  require(solves(), "the plug-in's solve failed");
  require(dlclose(handle) == 0, "dlclose failed");
  require(dlopen(path, mode | RTLD_NOLOAD) == NULL, "the plug-in is still there");
}

static void hundred_times(void (*use)(const char *, int), const char *path, int mode) {
  int i, threads_there = 0, files_there = 0;
  long pages = 0;
  for (i = 0; i < 100; ++i) {
    use(path, mode);
    if (i == 9) { /* by now every pool and cache is there */
      threads_there = threads();
      files_there = open_files();
      pages = resident_pages();
    }
  }
  require(threads() <= threads_there, "threads were left behind");
  require(open_files() == files_there, "files were left open");
  /* 90 leaks of the 160 KB matrix would be 14 MB; 4 MB are the allocator's to play with. */
  require(resident_pages() - pages < 1024, "memory grows with every load");
}

/* No handler for fork may be left that points to where the library was. */
static void fork_once(void) {
  int status = 0;
  const pid_t child = fork();
  if (child == 0) _exit(0);
  require(child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0, "fork");
}

int main(int argc, char **argv) {
  require(argc >= 3, "usage: load_test local|global|deepbind|thread|plugin|copies LIBRARY [SECOND_COPY]");
  if (strcmp(argv[1], "copies") == 0) {
    library one, two;
    require(argc == 4, "copies needs a second library");
    one = load(argv[2], RTLD_NOW | RTLD_GLOBAL);
    two = load(argv[3], RTLD_NOW | RTLD_GLOBAL);
    require(one.handle != two.handle, "the two copies are one");
    solve(&one);
    solve(&two);
    require(dlclose(one.handle) == 0, "dlclose failed");
    solve(&two);
  } else if (strcmp(argv[1], "global") == 0) {
    hundred_times(once, argv[2], RTLD_LAZY | RTLD_GLOBAL);
  } else if (strcmp(argv[1], "deepbind") == 0) {
    hundred_times(once, argv[2], RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
  } else if (strcmp(argv[1], "thread") == 0) {
    hundred_times(on_a_thread, argv[2], RTLD_NOW | RTLD_LOCAL);
  } else if (strcmp(argv[1], "plugin") == 0) {
    hundred_times(plugin_once, argv[2], RTLD_NOW | RTLD_LOCAL);
    fork_once();
  } else {
    hundred_times(once, argv[2], RTLD_NOW | RTLD_LOCAL);
    /* -z nodelete: what is not unloaded cannot be missed by a thread that is still in it. */
    require(dlopen(argv[2], RTLD_NOW | RTLD_NOLOAD) != NULL, "the library was unloaded");
  }
  return 0;
}
