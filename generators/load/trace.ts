import type { PropertyPath } from '../diagnostics/diagnostic.ts';
import type { SourceFile } from './sources.ts';
import type { SyntaxNode } from './syntax.ts';
import { childrenOf, importsOf, stringValue } from './syntax.ts';

/** A piece of a definition file. */
export interface Piece {
  readonly source: SourceFile;
  readonly from: number;
  readonly to: number;
}

/** An expression of a definition file. */
export interface Expression {
  readonly source: SourceFile;
  readonly node: SyntaxNode;
}

/** How far a path could be followed. */
interface Trace {
  /** Steps of the path that were found. */
  readonly depth: number;
  /** The name of the last property that was found, or what stands for it: the function called, the array element. */
  readonly key: Piece;
  readonly value: Piece;
}

/** What a trace may ask for: other files of the definitions. */
export interface TraceContext {
  parse(source: SourceFile): SyntaxNode;
  /** The file that a specifier in `from` leads to. */
  follow(specifier: string, from: SourceFile): SourceFile | undefined;
}

const MOST_HOPS = 30;

const CALLS = new Set(['CallExpression', 'NewExpression', 'TaggedTemplateExpression']);
const FUNCTIONS = new Set(['ArrowFunction', 'FunctionExpression', 'FunctionDeclaration']);
/** Marks that separate or wrap the expressions of a list. */
const PUNCTUATION = new Set(['(', ')', '[', ']', '{', '}', ',', 'Spread', 'LineComment', 'BlockComment']);

const pieceOf = ({ source, node }: Expression): Piece => ({ source, from: node.from, to: node.to });

const textOf = ({ source, node }: Expression): string => source.text.slice(node.from, node.to);

const isComment = (node: SyntaxNode): boolean => node.name === 'LineComment' || node.name === 'BlockComment';

const partsOf = (node: SyntaxNode): readonly SyntaxNode[] => childrenOf(node).filter((child) => !isComment(child));

/** The callee of a call, `new` left out. */
const calleeOf = (call: SyntaxNode): SyntaxNode => {
  const [first, second] = partsOf(call);
  return (first?.name === 'new' ? second : first) ?? call;
};

/** The expressions in an argument list or array; `undefined` where one is left out, and whether it is spread. */
const itemsOf = (
  list: SyntaxNode,
): readonly { readonly node: SyntaxNode | undefined; readonly isSpread: boolean }[] => {
  const items: { node: SyntaxNode | undefined; isSpread: boolean }[] = [];
  let node: SyntaxNode | undefined;
  let isSpread = false;
  const parts = partsOf(list).slice(1, -1);
  for (const part of parts) {
    if (part.name === ',') {
      items.push({ node, isSpread });
      node = undefined;
      isSpread = false;
    } else if (part.name === 'Spread') isSpread = true;
    else if (!PUNCTUATION.has(part.name)) node = part;
  }
  if (node) items.push({ node, isSpread });
  return items;
};

const last = <T>(items: readonly T[]): T | undefined => items.at(-1);

/** The call that a stack names by the place of its callee. */
export const callAt = (top: SyntaxNode, offset: number): SyntaxNode | undefined => {
  for (let node: SyntaxNode | null = top.resolveInner(offset, 1); node; node = node.parent) {
    if (CALLS.has(node.name) && offset >= node.from && offset <= calleeOf(node).to) return node;
  }
  return undefined;
};

/** The expression that a file exports under a name; for a re-export, the file and name it is taken from. */
type Exported = { readonly node: SyntaxNode } | { readonly specifier: string; readonly name: string };

/** The initialiser or function that a declaration gives to a name. */
const declaredBy = (statement: SyntaxNode, name: string, text: string): SyntaxNode | undefined => {
  if (statement.name === 'FunctionDeclaration') {
    const definition = statement.getChild('VariableDefinition');
    return definition && text.slice(definition.from, definition.to) === name ? statement : undefined;
  }
  if (statement.name !== 'VariableDeclaration') return undefined;
  const parts = partsOf(statement);
  const at = parts.findIndex((part) => part.name === 'VariableDefinition' && text.slice(part.from, part.to) === name);
  if (at === -1) return undefined;
  const isTyped = parts[at + 1]?.name === 'TypeAnnotation';
  const equals = at + (isTyped ? 2 : 1);
  return parts[equals]?.name === 'Equals' ? parts[equals + 1] : undefined;
};

const declarationIn = (block: SyntaxNode, name: string, text: string): SyntaxNode | undefined => {
  for (const statement of childrenOf(block)) {
    const inner = statement.name === 'ExportDeclaration' ? childrenOf(statement) : [statement];
    for (const one of inner) {
      const found = declaredBy(one, name, text);
      if (found) return found;
    }
  }
  return undefined;
};

/** Pairs of names in `{ a, b as c }`: what it is called there and here. */
const pairsOf = (group: SyntaxNode, text: string): readonly (readonly [outer: string, inner: string])[] => {
  const pairs: [string, string][] = [];
  let isAlias = false;
  for (const part of partsOf(group)) {
    const word = text.slice(part.from, part.to);
    if (part.name === 'as') isAlias = true;
    else if (/^Variable(?:Name|Definition)$/.test(part.name) || part.name === 'default') {
      const pair = last(pairs);
      if (isAlias && pair) pair[1] = word;
      else pairs.push([word, word]);
      isAlias = false;
    }
  }
  return pairs;
};

const exportOf = (top: SyntaxNode, name: string, text: string): readonly Exported[] => {
  const found: Exported[] = [];
  for (const statement of childrenOf(top)) {
    if (statement.name !== 'ExportDeclaration') continue;
    const parts = partsOf(statement);
    const isDefault = parts[1]?.name === 'default';
    if (isDefault && name === 'default' && parts[2]) found.push({ node: parts[2] });
    const specifier = importsOf(top, text).find((one) => one.statement.from === statement.from)?.specifier;
    const group = statement.getChild('ExportGroup');
    if (group) {
      const pair = pairsOf(group, text).find(([, outer]) => outer === name);
      if (pair && specifier !== undefined) found.push({ specifier, name: pair[0] });
      else if (pair) {
        const local = declarationIn(top, pair[0], text);
        if (local) found.push({ node: local });
      }
    } else if (specifier !== undefined) found.push({ specifier, name });
    else if (!isDefault) {
      const local = parts.map((part) => declaredBy(part, name, text)).find((one) => one !== undefined);
      if (local) found.push({ node: local });
    }
  }
  return found;
};

/** What a file exports by default, when it says so itself. */
export const defaultExportOf = (top: SyntaxNode, text: string): SyntaxNode | undefined => {
  for (const found of exportOf(top, 'default', text)) if ('node' in found) return found.node;
  return undefined;
};

/** What is imported under a local name: the specifier and the exported name, `*` for the whole module. */
const importedAs = (
  top: SyntaxNode,
  name: string,
  text: string,
): { readonly specifier: string; readonly name: string } | undefined => {
  for (const { specifier, statement } of importsOf(top, text)) {
    if (statement.name !== 'ImportDeclaration') continue;
    const group = statement.getChild('ImportGroup');
    const pair = group && pairsOf(group, text).find(([, inner]) => inner === name);
    if (pair) return { specifier, name: pair[0] };
    for (const part of partsOf(statement)) {
      if (part.name !== 'VariableDefinition' || text.slice(part.from, part.to) !== name) continue;
      return { specifier, name: part.prevSibling?.name === 'as' ? '*' : 'default' };
    }
  }
  return undefined;
};

const hasParameter = (func: SyntaxNode, name: string, text: string): boolean => {
  const isNamed = (node: SyntaxNode): boolean =>
    node.name === 'VariableDefinition' ? text.slice(node.from, node.to) === name : childrenOf(node).some(isNamed);
  return childrenOf(func).some(
    (child) => (child.name === 'ParamList' || child.name === 'VariableDefinition') && isNamed(child),
  );
};

/** The expressions a function returns, those of functions inside it left out. */
const returnsOf = (func: SyntaxNode): readonly SyntaxNode[] => {
  const body = last(partsOf(func));
  if (!body) return [];
  if (body.name !== 'Block') return [body];
  const found: SyntaxNode[] = [];
  const visit = (node: SyntaxNode): void => {
    if (FUNCTIONS.has(node.name)) return;
    const value = node.name === 'ReturnStatement' ? partsOf(node)[1] : undefined;
    if (value && value.name !== ';') found.push(value);
    for (const child of childrenOf(node)) visit(child);
  };
  visit(body);
  return found;
};

/** The name of a property in an object literal, as a node and as text; undefined for one that is computed. */
const nameOf = (
  property: SyntaxNode,
  text: string,
): { readonly node: SyntaxNode; readonly name: string } | undefined => {
  const parts = partsOf(property);
  const isComputed = parts.some((part) => part.name === '[') && parts.findIndex((part) => part.name === '[') < 2;
  const node = isComputed
    ? parts[parts.findIndex((part) => part.name === '[') + 1]
    : parts.find((part) => part.name === 'PropertyDefinition' || part.name === 'String' || part.name === 'Number');
  if (!node) return undefined;
  if (node.name === 'PropertyDefinition') return { node, name: text.slice(node.from, node.to) };
  if (node.name === 'Number') return { node, name: String(Number(text.slice(node.from, node.to).replaceAll('_', ''))) };
  const name = stringValue(node, text);
  return name === undefined ? undefined : { node, name };
};

/** What `key: value` sets the property to; the name itself for a shorthand; the whole for a method. */
const valueOf = (property: SyntaxNode, name: SyntaxNode): SyntaxNode => {
  const parts = partsOf(property);
  const colon = parts.findIndex((part) => part.name === ':');
  if (colon !== -1) return parts[colon + 1] ?? name;
  return parts.length === 1 ? name : property;
};

/** A function that follows a property path from an expression into the literals that make up its value. */
export const createTracer = (context: TraceContext): ((from: Expression, path: PropertyPath) => Trace) => {
  const better = (a: Trace, b: Trace | undefined): Trace => (b && b.depth > a.depth ? b : a);

  /** The definition of a name, looked up from the inside out; what a parameter stands for is not known. */
  const definitionOf = (name: string, { source, node }: Expression): readonly Expression[] => {
    for (let scope: SyntaxNode | null = node.parent; scope; scope = scope.parent) {
      if (FUNCTIONS.has(scope.name) && hasParameter(scope, name, source.text)) return [];
      if (scope.name !== 'Block' && scope.name !== 'Script') continue;
      const found = declarationIn(scope, name, source.text);
      // `const a = [a]` does not lead to itself.
      if (found && !(found.from <= node.from && node.to <= found.to)) return [{ source, node: found }];
    }
    const imported = importedAs(context.parse(source), name, source.text);
    return imported && imported.name !== '*' ? exported(imported.specifier, imported.name, source, 0) : [];
  };

  const exported = (specifier: string, name: string, from: SourceFile, hops: number): readonly Expression[] => {
    const source = context.follow(specifier, from);
    if (!source || hops > MOST_HOPS) return [];
    return exportOf(context.parse(source), name, source.text).flatMap((one) =>
      'node' in one ? [{ source, node: one.node }] : exported(one.specifier, one.name, source, hops + 1),
    );
  };

  const follow = (expression: Expression, path: PropertyPath, start: Trace, hops: number): Trace => {
    const [step, ...rest] = path;
    const { source, node } = expression;
    if (step === undefined || hops > MOST_HOPS) return start;
    const { text } = source;
    const into = (inner: SyntaxNode | undefined | null, way: PropertyPath = path, from: Trace = start): Trace =>
      inner ? follow({ source, node: inner }, way, from, hops + 1) : from;
    const intoAll = (inner: readonly (SyntaxNode | undefined)[], way: PropertyPath = path): Trace =>
      inner.reduce<Trace>((best, one) => better(best, into(one, way)), start);
    const elsewhere = (found: readonly Expression[], way: PropertyPath = path): Trace =>
      found.reduce<Trace>((best, one) => better(best, follow(one, way, start, hops + 1)), start);

    switch (node.name) {
      case 'ObjectExpression': {
        const properties = childrenOf(node).filter((child) => child.name === 'Property');
        for (const property of [...properties].reverse()) {
          if (property.firstChild?.name === 'Spread') {
            const found = into(last(partsOf(property)));
            if (found.depth > start.depth) return found;
            continue;
          }
          const name = nameOf(property, text);
          if (name?.name !== String(step)) continue;
          const value = valueOf(property, name.node);
          const here: Trace = {
            depth: start.depth + 1,
            key: pieceOf({ source, node: name.node }),
            value: pieceOf({ source, node: value }),
          };
          if (value === name.node) return follow({ source, node: value }, rest, here, hops + 1);
          return value === property ? intoReturns(property, rest, here) : into(value, rest, here);
        }
        return start;
      }
      case 'ArrayExpression': {
        if (typeof step !== 'number') return start;
        const items = itemsOf(node);
        const item = items[step]?.node;
        // Behind a spread nobody knows which element this is.
        if (!item || items.slice(0, step + 1).some(({ isSpread }) => isSpread)) return start;
        const key = CALLS.has(item.name) ? calleeOf(item) : item;
        return into(item, rest, {
          depth: start.depth + 1,
          key: pieceOf({ source, node: key }),
          value: pieceOf({ source, node: item }),
        });
      }
      case 'CallExpression':
      case 'NewExpression':
        return intoCall(expression, path, start, hops);
      case 'ArrowFunction':
      case 'FunctionExpression':
      case 'FunctionDeclaration':
        return intoAll(returnsOf(node));
      case 'ParenthesizedExpression':
        return into(partsOf(node)[1]);
      case 'PostfixExpression':
        return into(node.firstChild);
      case 'AwaitExpression':
      case 'PrefixCast':
        return into(last(partsOf(node)));
      case 'ConditionalExpression': {
        const [, , yes, , no] = partsOf(node);
        return intoAll([yes, no]);
      }
      case 'BinaryExpression': {
        const [left, operator, right] = partsOf(node);
        const isCast = operator?.name === 'as' || operator?.name === 'satisfies';
        return isCast ? into(left) : intoAll([left, right]);
      }
      case 'VariableName':
      case 'PropertyDefinition':
        return elsewhere(definitionOf(textOf(expression), expression));
      case 'MemberExpression':
        return intoMember(expression, path, start, hops);
      default:
        return start;
    }
  };

  const intoReturns = (method: SyntaxNode, path: PropertyPath, start: Trace): Trace =>
    returnsOf(method).reduce<Trace>(
      (best, node) => better(best, follow({ source: start.value.source, node }, path, start, 0)),
      start,
    );

  /** `base.latency`: the value of a property of something else, whose own steps do not count. */
  const intoMember = (expression: Expression, path: PropertyPath, start: Trace, hops: number): Trace => {
    const { source, node } = expression;
    const parts = partsOf(node);
    const [object] = parts;
    const property = last(parts);
    if (!object || !property) return start;
    const isNamed = property.name === 'PropertyName';
    const key = isNamed
      ? source.text.slice(property.from, property.to)
      : stringValue(parts.at(-2) ?? property, source.text);
    if (key === undefined) return start;
    if (object.name === 'VariableName') {
      const imported = importedAs(context.parse(source), source.text.slice(object.from, object.to), source.text);
      if (imported?.name === '*') {
        return exported(imported.specifier, key, source, 0).reduce<Trace>(
          (best, one) => better(best, follow(one, path, start, hops + 1)),
          start,
        );
      }
    }
    const found = follow({ source, node: object }, [key, ...path], { ...start, depth: start.depth - 1 }, hops + 1);
    return found.depth > start.depth ? found : start;
  };

  /** A call keeps the paths of the objects it is given: `threshold({...})`, `Object.freeze({...})`, `make({...})`. */
  const intoCall = (call: Expression, path: PropertyPath, start: Trace, hops: number): Trace => {
    const { source, node } = call;
    const args = node.getChild('ArgList');
    const items = args ? itemsOf(args) : [];
    const [step, ...rest] = path;
    const callee = calleeOf(node);
    const isMap = typeof step === 'number' && /\.(?:flatM|m)ap$/.test(textOf({ source, node: callee }));
    let best = start;
    for (const { node: argument } of items) {
      if (!argument) continue;
      // Every element of `[...].map((x) => ({...}))` is written once.
      const isElement = isMap && FUNCTIONS.has(argument.name);
      const element: Trace = { depth: start.depth + 1, key: pieceOf(call), value: pieceOf(call) };
      const given = { source, node: argument };
      const found = isElement ? follow(given, rest, element, hops + 1) : follow(given, path, start, hops + 1);
      best = better(best, found);
    }
    const isLocal = best.depth === start.depth && callee.name === 'VariableName';
    return isLocal ? follow({ source, node: callee }, path, start, hops + 1) : best;
  };

  return (from, path) => {
    const { source, node } = from;
    const key = CALLS.has(node.name) ? calleeOf(node) : node;
    const start: Trace = { depth: 0, key: pieceOf({ source, node: key }), value: pieceOf({ source, node: key }) };
    return follow(from, path, start, 0);
  };
};
