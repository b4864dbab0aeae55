import type { Expr, ValueType } from './ast.ts';
import { checkTypes } from './check.ts';
import type { PromqlError } from './error.ts';
import type { FeatureUse } from './features.ts';
import { findFeatures, hasFeature, needsFlag } from './features.ts';
import type { FunctionInfo } from './functions.ts';
import { ALL_FUNCTIONS, FUNCTIONS } from './functions.ts';
import { parseSyntax } from './parser.ts';
import type { Target, Version } from './versions.ts';
import { compareVersions, isAtLeast, LATEST, parseVersion } from './versions.ts';

/** How to parse. */
export interface ParseOptions {
  /** The Prometheus the expression is meant for; by default the newest one known. */
  readonly target?: { readonly prometheus: Target };
}

/** What `parse` gives. */
export interface ParseResult {
  /** The tree; absent when the syntax is wrong. */
  readonly expr?: Expr;
  /** The type of its value; absent when the syntax is wrong. */
  readonly type?: ValueType;
  /** Empty for a valid expression. */
  readonly errors: readonly PromqlError[];
}

/** A use of something that Prometheus has behind a feature flag. */
export interface ExperimentalUse {
  /** What it is, in words. */
  readonly name: string;
  /** The value of `--enable-feature` that turns it on. */
  readonly flag: string;
  readonly from: number;
  readonly to: number;
}

/** What `check` gives. */
export interface CheckResult {
  readonly valid: boolean;
  /** The type of its value; absent when the syntax is wrong. */
  readonly type?: ValueType;
  readonly errors: readonly PromqlError[];
  /** What the target has only behind a feature flag. */
  readonly experimental: readonly ExperimentalUse[];
}

/**
 * Parses an expression and checks its types. With the newest target a text without errors is one that Prometheus
 * accepts with every feature flag on, and the errors are the ones Prometheus reports, in its words and places. With an
 * older target everything that is newer is an error too, which names the version it needs.
 *
 * Takes time and memory linear in the text, however deep it nests. Throws a RangeError for a target that is no version.
 */
export function parse(text: string, options: ParseOptions = {}): ParseResult {
  const version = versionOf(options);
  const result = parseAndCheck(text, functionsOf(version));
  const { expr } = result;
  if (expr === undefined || isLatest(version)) return result;
  const tooNew = findTooNew(findFeatures(expr, text), version);
  return tooNew.length === 0 ? result : { ...result, errors: [...result.errors, ...tooNew] };
}

/** Like `parse`, and lists what needs a feature flag. */
export function check(text: string, options: ParseOptions = {}): CheckResult {
  const version = versionOf(options);
  const { expr, type, errors: ownErrors } = parseAndCheck(text, functionsOf(version));
  if (expr === undefined || type === undefined) return { valid: false, errors: ownErrors, experimental: [] };
  const uses = findFeatures(expr, text);
  const errors = [...ownErrors, ...findTooNew(uses, version)];
  return { valid: errors.length === 0, type, errors, experimental: findExperimental(uses, version) };
}

function versionOf({ target }: ParseOptions): Version {
  if (target === undefined) return LATEST;
  const version = parseVersion(target.prometheus);
  if (version === undefined) throw new RangeError(`not a Prometheus version: ${target.prometheus}`);
  return version;
}

function isLatest(version: Version): boolean {
  return version === LATEST || compareVersions(version, LATEST) >= 0;
}

const functionTables = new Map<string, ReadonlyMap<string, FunctionInfo>>();

/** The functions a version may call: its own, those of newer versions (reported later), those it had and lost since. */
function functionsOf(version: Version): ReadonlyMap<string, FunctionInfo> {
  if (isLatest(version)) return FUNCTIONS;
  const key = `${version.major}.${version.minor}`;
  const known = functionTables.get(key);
  if (known !== undefined) return known;
  const isGone = ({ until }: FunctionInfo): boolean => {
    const last = until === undefined ? undefined : parseVersion(until);
    return last !== undefined && isAtLeast(version, `${last.major}.${last.minor + 1}`);
  };
  const table = new Map([...ALL_FUNCTIONS].filter(([, info]) => !isGone(info)));
  functionTables.set(key, table);
  return table;
}

function parseAndCheck(text: string, functions: ReadonlyMap<string, FunctionInfo>): ParseResult {
  const { expr, type, errors, ends } = parseSyntax(text, functions);
  if (expr === undefined) return { errors };
  if (type !== undefined) return { expr, type, errors };
  const checked = checkTypes(expr, { text, functions, ends });
  return { expr, type: checked.type, errors: checked.errors };
}

function findTooNew(uses: readonly FeatureUse[], version: Version): PromqlError[] {
  return uses
    .filter(({ feature }) => !hasFeature(version, feature))
    .map(({ feature, span }) => ({
      message: `${feature.name} needs Prometheus ${feature.since} or later, the target is ${version.major}.${version.minor}`,
      from: span.from,
      to: span.to,
    }));
}

function findExperimental(uses: readonly FeatureUse[], version: Version): ExperimentalUse[] {
  const found: ExperimentalUse[] = [];
  for (const { feature, span } of uses) {
    if (feature.flag === undefined || !hasFeature(version, feature) || !needsFlag(version, feature)) continue;
    found.push({ name: feature.name, flag: feature.flag, from: span.from, to: span.to });
  }
  return found;
}
