/** tuxfs/testing: what a filesystem of one's own is tested with. Any test framework runs the cases. */
export * from './filesystem.ts';
export * from './invariants.ts';
