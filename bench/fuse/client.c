/* Times system calls on a directory: medians in nanoseconds, one "name value" a line. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1e9 + t.tv_nsec; }
static int compare(const void *a, const void *b) { double x = *(double *)a, y = *(double *)b; return (x > y) - (x < y); }
static char buffer[1 << 20];
static double samples[20000];
#define MEDIAN(name, count, call) do { \
	for (int i = 0; i < (count) / 10 + 1; i++) { call; } \
	for (int i = 0; i < (count); i++) { double start = now(); call; samples[i] = now() - start; } \
	qsort(samples, (count), sizeof *samples, compare); printf("%s %.0f\n", name, samples[(count) / 2]); fflush(stdout); } while (0)

static void throughput(const char *name, size_t block, int writes) {
	size_t total = 64 << 20; int fd = open("big", O_RDWR | O_CREAT, 0644); double best = 0;
	if (!writes) for (size_t at = 0; at < total; at += sizeof buffer) if (pwrite(fd, buffer, sizeof buffer, at) < 0) exit(1);
	for (int round = 0; round < (writes ? 5 : 20); round++) {
		double start = now();
		for (size_t at = 0; at < total; at += block) if ((writes ? pwrite(fd, buffer, block, at) : pread(fd, buffer, block, at)) != (ssize_t)block) exit(1);
		double rate = total / ((now() - start) / 1e9) / 1e6; if (rate > best) best = rate;
	}
	/* Fresh pages next time: where they lie in memory is part of the noise. */
	close(fd); unlink("big"); printf("%s %.0f\n", name, best); fflush(stdout);
}

/* A file is written and then read once, as the output of one program by the next. */
static void back(const char *name, size_t block) {
	size_t total = 64 << 20; double best = 0;
	for (int round = 0; round < 5; round++) {
		int fd = open("big", O_RDWR | O_CREAT, 0644); double start = now();
		for (size_t at = 0; at < total; at += block) if (pwrite(fd, buffer, block, at) != (ssize_t)block) exit(1);
		for (size_t at = 0; at < total; at += block) if (pread(fd, buffer, block, at) != (ssize_t)block) exit(1);
		double rate = 2 * total / ((now() - start) / 1e9) / 1e6; if (rate > best) best = rate;
		close(fd); unlink("big");
	}
	printf("%s %.0f\n", name, best); fflush(stdout);
}

int main(int argc, char **argv) {
	struct stat st; int scale = argc > 2 ? atoi(argv[2]) : 1; int n = 4000 / scale;
	if (chdir(argv[1]) != 0) { perror(argv[1]); return 1; }
	int fd = open("file", O_RDWR | O_CREAT, 0644);
	for (int i = 0; i < 256; i++) if (pwrite(fd, buffer, 4096, i * 4096) != 4096) return 1;
	mkdir("many", 0755);
	for (int i = 0; i < 1000; i++) { char name[32]; sprintf(name, "many/%d", i); close(open(name, O_CREAT | O_WRONLY, 0644)); }
	MEDIAN("fstat", n, fstat(fd, &st));
	MEDIAN("stat", n, stat("file", &st));
	MEDIAN("stat.miss", n, stat("missing", &st));
	MEDIAN("open+close", n, close(open("file", O_RDONLY)));
	MEDIAN("pread4k", n, if (pread(fd, buffer, 4096, (i & 255) * 4096) != 4096) return 1);
	MEDIAN("pwrite4k", n, if (pwrite(fd, buffer, 4096, (i & 255) * 4096) != 4096) return 1);
	MEDIAN("create+unlink", n / 4, { close(open("new", O_CREAT | O_EXCL | O_WRONLY, 0644)); unlink("new"); });
	MEDIAN("readdir1000", 50, { DIR *d = opendir("many"); while (readdir(d)) ; closedir(d); });
	throughput("write128k", 128 << 10, 1); throughput("write1m", 1 << 20, 1); throughput("read128k", 128 << 10, 0); throughput("read1m", 1 << 20, 0);
	back("back128k", 128 << 10); back("back1m", 1 << 20);
	return 0;
}
