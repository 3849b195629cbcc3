/**
 * Where tuxfs answers otherwise than Linux on purpose: a name that cases refer to, and the reason.
 */
export const DEVIATIONS: Readonly<Record<string, string>> = {
  'fallocate-twice':
    'SEEK_DATA finds pages that were fallocated twice on Linux, which fills them with zeros the second time. Here they stay a hole until they are written, because they take no memory.',
};
