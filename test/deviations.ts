/**
 * Where tuxfs answers otherwise than Linux on purpose: a name that cases refer to, and the reason.
 */
export const DEVIATIONS: Readonly<Record<string, string>> = {};
