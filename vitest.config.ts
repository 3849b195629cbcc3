import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // A subject may chroot, unshare or change its user: each test file has a process of its own.
    pool: 'forks',
    // Tests that start child processes share two cores in continuous integration.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
  },
});
