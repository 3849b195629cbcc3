/**
 * The suite that a filesystem runs against itself: what the VFS, and programs, rely on whatever is mounted.
 *
 * Its yardstick is tmpfs, which is held to Linux's by the project's own tests: the last case makes the same random calls on both.
 */
import { Kernel } from '../kernel/kernel.ts';
import type { FilesystemType } from '../vfs/filesystem.ts';
import type { VirtualFilesystem } from '../vfs/virtual-filesystem.ts';
import { AT, type CaseDefinition } from './case.ts';
import { attributeCases } from './cases/attributes.ts';
import { contentCases } from './cases/content.ts';
import { mountCases } from './cases/mounts.ts';
import { nameCases } from './cases/names.ts';
import { randomCases } from './cases/random.ts';
import { refusalCases } from './cases/refusals.ts';
import { renameCases } from './cases/rename.ts';
import { treeCases } from './cases/tree.ts';
import type { Feature } from './feature.ts';
import { checkInvariants } from './invariants.ts';

export type { Feature } from './feature.ts';

export interface FilesystemUnderTest {
  /** The type to mount, for a new kernel: registered by the suite, unless the kernel knows one of that name. */
  make(vfs: VirtualFilesystem): FilesystemType;
  /** What mount(2) is given as its data. */
  readonly data?: string;
  /** What it cannot do: `false`, or why. What is not named it can. */
  readonly features?: Partial<Readonly<Record<Feature, boolean | string>>>;
}

export interface FilesystemCase {
  readonly name: string;
  /** Why the filesystem need not pass it. */
  readonly skip?: string;
  /** Throws an Error that says what does not hold. */
  run(): void;
}

/** The cases for one filesystem, each on a kernel of its own. */
export function testFilesystem(subject: FilesystemUnderTest): FilesystemCase[] {
  const features = subject.features ?? {};
  const can = (feature: Feature): boolean => (features[feature] ?? true) === true;
  const definitions = [
    ...treeCases,
    ...nameCases,
    ...renameCases,
    ...contentCases,
    ...attributeCases,
    ...mountCases,
    ...randomCases(can),
    ...refusalCases((feature) => !can(feature)),
  ];
  return definitions.map((definition) => {
    const missing = definition.needs.find((feature) => !can(feature));
    const reason = missing === undefined ? undefined : features[missing];
    return {
      name: definition.name,
      ...(missing === undefined ? {} : { skip: typeof reason === 'string' ? `${missing}: ${reason}` : `without ${missing}` }),
      run: () => runCase(subject, definition),
    };
  });
}

function runCase(subject: FilesystemUnderTest, definition: CaseDefinition): void {
  const kernel = new Kernel({ bare: true, stacks: true, seed: 1 });
  const { init, vfs } = kernel;
  const type = subject.make(vfs);
  if (!vfs.filesystemTypes.has(type.name)) vfs.registerFilesystemType(type);
  init.mkdir(AT, 0o755);
  init.mount('none', AT, type.name, 0, subject.data ?? null);
  const p = kernel.spawn({ cwd: AT, umask: 0o022 });
  definition.body({ kernel, p, spawn: (options) => kernel.spawn({ cwd: AT, umask: 0o022, ...options }) });
  checkInvariants(kernel);
}
