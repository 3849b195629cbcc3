/**
 * chgrp(1): the group's half of chown(1).
 */
export { chgrp } from './chown.ts';
