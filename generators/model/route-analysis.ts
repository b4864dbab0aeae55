/** What can be said of a routing tree without an alert: which conditions can hold together, and which follow from others. */
import { matchesText } from '../promql/re2.ts';
import type { RouteMatcher, RouteNode } from './model.ts';
import type { AlertLabels } from './routing.ts';
import { canMatch } from './routing.ts';

/** A value that no matcher names. */
const FRESH = 'tocsin-any-other-value';

const PLAIN_PATTERN = /^(?:[^\\.+*?()|[\]{}^$]|\\[\\.+*?()|[\]{}^$])*$/;

/** The values that a pattern names, when it is only a list of values. */
const listedValues = (pattern: string): readonly string[] | undefined => {
  const branches = pattern.split(/(?<!\\)\|/);
  return branches.every((branch) => PLAIN_PATTERN.test(branch))
    ? branches.map((branch) => branch.replaceAll(/\\(.)/g, '$1'))
    : undefined;
};

const isPattern = ({ op }: RouteMatcher): boolean => op === '=~' || op === '!~';
const isOpaque = (matcher: RouteMatcher): boolean =>
  isPattern(matcher) && !['.*', '.+'].includes(matcher.value) && listedValues(matcher.value) === undefined;

const matchersBelow = (node: RouteNode): readonly RouteMatcher[] => [
  ...node.matchers,
  ...node.routes.flatMap(matchersBelow),
];

/** The values of a label that a tree tells apart: every one that it names, none, and any other. */
export const valuesOf = (name: string, matchers: readonly RouteMatcher[]): readonly string[] => {
  const named = matchers
    .filter((matcher) => matcher.name === name)
    .flatMap((matcher) => (isPattern(matcher) ? (listedValues(matcher.value) ?? []) : [matcher.value]));
  return [...new Set([...named, '', FRESH])];
};

const holds = (matcher: RouteMatcher, value: string): boolean =>
  canMatch([matcher], { known: { [matcher.name]: value }, open: new Set() });

/** The label that cannot satisfy all conditions on it, when there is one. Patterns that are no lists get the benefit of the doubt. */
export const findContradiction = (matchers: readonly RouteMatcher[]): string | undefined =>
  [...new Set(matchers.map(({ name }) => name))].find((name) => {
    const own = matchers.filter((matcher) => matcher.name === name);
    if (own.some(isOpaque)) return false;
    return !valuesOf(name, own).some((value) => own.every((matcher) => holds(matcher, value)));
  });

/** Whether `matcher` holds for everything that all of `given` hold for. Never true in doubt. */
export const follows = (matcher: RouteMatcher, given: readonly RouteMatcher[]): boolean => {
  const own = given.filter(({ name }) => name === matcher.name);
  if (own.some(({ op, value }) => op === matcher.op && value === matcher.value)) return true;
  if (isOpaque(matcher) || own.some(isOpaque)) return matcher.op === '=~' && matcher.value === '.*';
  return valuesOf(matcher.name, [matcher, ...own])
    .filter((value) => own.every((one) => holds(one, value)))
    .every((value) => holds(matcher, value));
};

/** What is wrong with a tree in itself. */
export type TreeFault =
  | { readonly kind: 'contradictory'; readonly node: RouteNode; readonly label: string }
  | { readonly kind: 'shadowed'; readonly node: RouteNode; readonly by: RouteNode };

/** Routes that nothing can match, and routes whose alerts an earlier one keeps. What is below them is not looked at. */
export const findTreeFaults = (root: RouteNode): readonly TreeFault[] => {
  const visit = (parent: RouteNode, given: readonly RouteMatcher[]): readonly TreeFault[] =>
    parent.routes.flatMap((node, index): readonly TreeFault[] => {
      const own = [...given, ...node.matchers];
      const label = findContradiction(own);
      if (label !== undefined) return [{ kind: 'contradictory', node, label }];
      const by = parent.routes
        .slice(0, index)
        .find((other) => !other.continue && other.matchers.every((matcher) => follows(matcher, own)));
      return by ? [{ kind: 'shadowed', node, by }] : visit(node, own);
    });
  return visit(root, root.matchers);
};

/** More ways than this are not followed; the first ones are. */
const MAX_WAYS = 512;

/** Labels without anything open, and which of them were chosen. */
export interface ConcreteLabels extends AlertLabels {
  readonly chosen: readonly string[];
}

/** Every way in which the open labels of an alert can make a difference to a tree. */
export const concreteLabels = (root: RouteNode, labels: AlertLabels): readonly ConcreteLabels[] => {
  const matchers = matchersBelow(root);
  const names = [...labels.open].filter((name) => matchers.some((matcher) => matcher.name === name)).toSorted();
  let ways: readonly Readonly<Record<string, string>>[] = [{}];
  for (const name of names) {
    ways = ways
      .flatMap((way) => valuesOf(name, matchers).map((value) => ({ ...way, [name]: value })))
      .slice(0, MAX_WAYS);
  }
  const open = new Set([...labels.open].filter((name) => !names.includes(name)));
  return ways.map((way) => ({ known: { ...labels.known, ...way }, open, chosen: names }));
};

/** Whether a pattern is one of RE2. */
export const isRe2 = (pattern: string): boolean => matchesText(pattern, '') !== undefined;
