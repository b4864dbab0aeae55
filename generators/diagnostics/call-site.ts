/**
 * Where in a definition file a `define*`, `threshold`, `counter`, ... call stands.
 *
 * Only an unread stack is kept: formatting it (and mapping it back to TypeScript) costs time that only a finding pays.
 */
export interface CallSite {
  readonly stack?: string;
}

/** The key under which a definition value carries its call site; a symbol, so that it is in no output and no comparison. */
export const CALL_SITE: unique symbol = Symbol.for('tocsin.callSite');

/** A value that knows where it was written. */
export interface Sited {
  readonly [CALL_SITE]?: CallSite;
}

/** The call site of whoever called `caller`. */
export const captureCallSite = (caller: (...args: never[]) => unknown): CallSite => {
  const holder: { stack?: string } = {};
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 1;
  Error.captureStackTrace(holder, caller);
  Error.stackTraceLimit = stackTraceLimit;
  return holder;
};

/** Gives `value` its call site, as a property that is not enumerated. */
export const withCallSite = <T extends object>(value: T, caller: (...args: never[]) => unknown): T =>
  Object.defineProperty(value, CALL_SITE, { value: captureCallSite(caller), enumerable: false });

/** Gives `value` the call site of `other`. */
export const copyCallSite = <T extends object>(value: T, other: object): T =>
  Object.defineProperty(value, CALL_SITE, { value: (other as Sited)[CALL_SITE], enumerable: false });

/** The call site of a value, when it has one. */
export const callSiteOf = (value: unknown): CallSite | undefined =>
  typeof value === 'object' && value !== null ? (value as Sited)[CALL_SITE] : undefined;
