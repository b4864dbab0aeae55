/**
 * PromQL on its own: `import { parse, print, walk } from 'tocsin/promql'`. Needs no other package, no disk, no network.
 *
 * - `parse(text)` gives the tree, the type of the value, and the errors of Prometheus 3 in its words and places.
 *   `parse(text, { target: { prometheus: '2.42' } })` also refuses what that version does not know.
 * - `check(text)` lists what needs a feature flag, too.
 * - `print(expr)` and `printPretty(expr)` give the text of a tree; parsed again it is the same tree.
 * - `walk`, `transform`, `selectors` and their like go through a tree. Trees are plain data and never change.
 * - `semantics(expr)` says which labels a result can carry and why, when it can be empty, and what values it can have.
 * - `validateRe2`, `matchesEmpty` and their like judge the patterns of label matchers as Prometheus does.
 *
 * ```ts
 * const { expr, type, errors } = parse('sum by (job) (rate(http_requests_total[5m]))');
 * if (expr === undefined || errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'));
 * walk(expr, { call: { enter: ({ func }) => console.log(func) } }); // rate
 * ```
 *
 * Offsets are UTF-16 code units of the text, ends exclusive. Nothing here recurses over a tree: ten thousand nested
 * parentheses and a megabyte of anything take linear time.
 */
export type * from './ast.ts';
export { NO_SPAN } from './ast.ts';
export type { PromqlError } from './error.ts';
export type { FunctionInfo } from './functions.ts';
export { ALL_FUNCTIONS, FUNCTIONS } from './functions.ts';
export type { CheckResult, ExperimentalUse, ParseOptions, ParseResult } from './parse.ts';
export { check, parse } from './parse.ts';
export type { PrettyOptions } from './print.ts';
export { print, printPretty } from './print.ts';
export type { Re2Error } from './re2.ts';
export { matchesEmpty, matchesText, patternImplies, patternsIntersect, validateRe2 } from './re2.ts';
export * from './semantics/index.ts';
export { toJson } from './to-json.ts';
export type { Target, Version } from './versions.ts';
export { compareVersions, isAtLeast, isTarget, LATEST, parseVersion } from './versions.ts';
export { ancestors, childrenOf, equals, selectors, transform, walk } from './walk.ts';
export type { Node, NodeHandler, NodeKind, NodeOf, Path, SelectorUse, Visitor } from './walk.ts';
