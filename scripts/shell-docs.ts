/**
 * Writes docs/SHELL.md from the tables that the commands themselves parse: `npm run shell-docs`.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { shellManual } from './shell-manual.ts';

// It runs from dist-test/scripts.
writeFileSync(fileURLToPath(new URL('../../docs/SHELL.md', import.meta.url)), shellManual());
