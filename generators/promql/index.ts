/**
 * PromQL on its own: `import { parse, print, walk } from 'tocsin/promql'`.
 */
export type * from './ast.ts';
export { NO_SPAN } from './ast.ts';
export type { PromqlError } from './error.ts';
export type { CheckResult, ExperimentalUse, ParseOptions, ParseResult } from './parse.ts';
export { check, parse } from './parse.ts';
export type { PrettyOptions } from './print.ts';
export { print, printPretty } from './print.ts';
export { ancestors, childrenOf, equals, selectors, transform, walk } from './walk.ts';
export type { Node, NodeHandler, NodeKind, NodeOf, Path, SelectorUse, Visitor } from './walk.ts';
