import { createRequire } from 'node:module';
import type { parser as lezerParser } from '@lezer/javascript';
import type { SourceFile } from './sources.ts';

type Parser = typeof lezerParser;

/** A node of a parsed definition file. */
export type SyntaxNode = ReturnType<Parser['parse']>['topNode'];

/** Parses definition files, each once. */
export interface Syntax {
  readonly parse: (source: SourceFile) => SyntaxNode;
}

const loadParser = (): Parser => {
  const { parser } = createRequire(import.meta.url)('@lezer/javascript') as { readonly parser: Parser };
  return parser.configure({ dialect: 'ts' });
};

/** A parser of TypeScript with a memory. The grammar is loaded with the first file: only a run with findings needs it. */
export const createSyntax = (): Syntax => {
  const trees = new Map<string, SyntaxNode>();
  let parser: Parser | undefined;
  return {
    parse: ({ text }) => {
      parser ??= loadParser();
      const known = trees.get(text) ?? parser.parse(text).topNode;
      trees.set(text, known);
      return known;
    },
  };
};

/** The children of a node. */
export const childrenOf = (node: SyntaxNode): readonly SyntaxNode[] => {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) children.push(child);
  return children;
};

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', v: '\v', 0: '\0' };

/** What a string literal or a template without substitutions says; undefined for anything else. */
export const stringValue = (node: SyntaxNode, text: string): string | undefined => {
  const isPlainTemplate = node.name === 'TemplateString' && !node.getChild('Interpolation');
  if (node.name !== 'String' && !isPlainTemplate) return undefined;
  return text
    .slice(node.from + 1, node.to - 1)
    .replace(
      /\\(?:u\{([0-9a-fA-F]+)\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(\r\n|[\n\r\u2028\u2029])|([\s\S]))/g,
      (
        _,
        point: string | undefined,
        four: string | undefined,
        two: string | undefined,
        continued: string | undefined,
        other = '',
      ) => {
        const code = point ?? four ?? two;
        if (code !== undefined) return String.fromCodePoint(Math.min(parseInt(code, 16), 0x10ffff));
        return continued === undefined ? (ESCAPES[other as string] ?? (other as string)) : '';
      },
    );
};

/** An import or re-export of another module. */
export interface ImportStatement {
  readonly specifier: string;
  /** The string literal of the specifier. */
  readonly literal: SyntaxNode;
  readonly statement: SyntaxNode;
  /** Whether it vanishes when types do. */
  readonly isTypeOnly: boolean;
}

/** The imports and re-exports at the top level of a file, in order. */
export const importsOf = (top: SyntaxNode, text: string): readonly ImportStatement[] =>
  childrenOf(top).flatMap((statement) => {
    if (statement.name !== 'ImportDeclaration' && statement.name !== 'ExportDeclaration') return [];
    // `export default 'x'` and `export const x = 'x'` hold strings, too, but not after `from`.
    const isImport = statement.name === 'ImportDeclaration' || statement.getChild('from') !== null;
    const literal = isImport ? statement.getChild('String') : null;
    const specifier = literal && stringValue(literal, text);
    if (!literal || typeof specifier !== 'string') return [];
    const isTypeOnly = childrenOf(statement)[1]?.name === 'type';
    return [{ specifier, literal, statement, isTypeOnly }];
  });

/** Where an import or re-export names something that the other module exports. */
export const nameIn = (statement: SyntaxNode, name: string, text: string): SyntaxNode | undefined => {
  const own = name === 'default' && statement.name === 'ImportDeclaration' && statement.getChild('VariableDefinition');
  if (own) return own;
  const group = statement.getChild('ImportGroup') ?? statement.getChild('ExportGroup');
  return group
    ? childrenOf(group).find((child) => text.slice(child.from, child.to) === name && child.prevSibling?.name !== 'as')
    : undefined;
};
