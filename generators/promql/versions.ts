/** A Prometheus version, as far as PromQL depends on it. */
export interface Version {
  readonly major: number;
  readonly minor: number;
}

/** Which Prometheus an expression is meant for: `2.42`, `3.5`, or `latest`, the newest one this module knows. */
export type Target = `${number}.${number}` | 'latest';

/** The newest Prometheus this module knows. */
export const LATEST: Version = { major: 3, minor: 15 };

/**
 * Reads `2.42`, `v2.42.0`, `3` or `latest`; undefined for anything else. A version newer than the newest one known is
 * treated like that one.
 */
export function parseVersion(text: string): Version | undefined {
  if (text === 'latest') return LATEST;
  const match = /^v?(\d{1,4})(?:\.(\d{1,4}))?(?:\.\d+)?$/.exec(text);
  return match === null ? undefined : { major: Number(match[1]), minor: Number(match[2] ?? 0) };
}

/** True for a text that names a version, or `latest`. */
export function isTarget(text: string): text is Target {
  return parseVersion(text) !== undefined;
}

/** Negative when `a` is older than `b`, positive when it is newer, 0 when PromQL cannot tell them apart. */
export function compareVersions(a: Version, b: Version): number {
  return a.major === b.major ? a.minor - b.minor : a.major - b.major;
}

/** True when a version is at least the one written as `major.minor`. */
export function isAtLeast(version: Version, since: string): boolean {
  const wanted = parseVersion(since);
  return wanted !== undefined && compareVersions(version, wanted) >= 0;
}
