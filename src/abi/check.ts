/**
 * Arguments that no C caller could pass: a TypeError names them.
 */
import { normalizePath } from './name.ts';

/** A string that C can hold, as the one string for its bytes. EILSEQ. */
export function checkText(text: string, name: string): string {
  if (typeof text !== 'string' || text.includes('\0')) throw mistaken(name, 'a string without NUL bytes', text);
  return normalizePath(text);
}

export function checkInteger(value: number, name: string): void {
  if (!Number.isInteger(value)) throw mistaken(name, 'an integer', value);
}

export function checkOptions(options: object): void {
  if (Object(options) !== options) throw mistaken('options', 'an object', options);
}

/** An integer from 0 to `max`. */
export function checkRange(value: number, name: string, max: number): number {
  if (!(Number.isInteger(value) && value >= 0 && value <= max)) throw mistaken(name, `an integer from 0 to ${max}`, value);
  return value;
}

export function mistaken(name: string, wanted: string, value: unknown): TypeError {
  return new TypeError(`${name} must be ${wanted}, not ${describe(value)}`);
}

function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 32 ? `${value.slice(0, 32)}…` : value);
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
