// A clock that is wrong, for one process: with LD_PRELOAD it adds to what CLOCK_REALTIME says the nanoseconds that the
// file named by WRONG_CLOCK holds at that moment, so that a test can set the clock while the process runs. The steady
// clocks stay as they are.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t* off_by_ns;

__attribute__((constructor)) static void map_offset(void) {
  const char* path = getenv("WRONG_CLOCK");
  const int file = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
  void* page = file < 0 ? MAP_FAILED : mmap(NULL, sizeof *off_by_ns, PROT_READ, MAP_SHARED, file, 0);
  if (page == MAP_FAILED) _exit(127);
  close(file);
  off_by_ns = page;
}

int clock_gettime(clockid_t id, struct timespec* now) {
  const int result = (int)syscall(SYS_clock_gettime, id, now);
  if (result != 0 || off_by_ns == NULL || (id != CLOCK_REALTIME && id != CLOCK_REALTIME_COARSE)) return result;
  const int64_t second = 1000000000, ns = (int64_t)now->tv_sec * second + now->tv_nsec + *off_by_ns;
  now->tv_sec = ns / second;
  now->tv_nsec = ns % second;
  return 0;
}
