import type { Finding, Severity } from './diagnostic.ts';
import { printable } from './printable.ts';
import type { RenderOptions } from './render-options.ts';

const LEVELS: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'note' };

/** A relative path as a URI reference. */
const uriOf = (file: string): string =>
  printable(file)
    .split('/')
    .map((segment) => encodeURIComponent(segment))
    .join('/');

/** `load/no-default-export` as words: `no default export`. */
const titleOf = (code: string): string => (code.split('/').at(-1) ?? code).replaceAll('-', ' ');

type Place = Pick<Finding, 'file' | 'line' | 'column' | 'endLine' | 'endColumn'>;

const physicalOf = ({ file, line, column, endLine, endColumn }: Place): object => ({
  artifactLocation: { uri: uriOf(file ?? ''), uriBaseId: '%SRCROOT%' },
  ...(line === undefined ? {} : { region: { startLine: line, startColumn: column, endLine, endColumn } }),
});

const locationOf = (finding: Finding): readonly object[] => {
  const { file, property, subject } = finding;
  const logical = [property, subject]
    .filter((name) => name !== undefined)
    .map((name) => ({ fullyQualifiedName: name }));
  if (file === undefined && logical.length === 0) return [];
  return [
    {
      ...(file === undefined ? {} : { physicalLocation: physicalOf(finding) }),
      ...(logical.length === 0 ? {} : { logicalLocations: logical }),
    },
  ];
};

const ruleOf = (finding: Finding, options: RenderOptions): object => ({
  id: finding.code,
  shortDescription: { text: titleOf(finding.code) },
  help: { text: options.help?.(finding.code) ?? finding.hint ?? finding.message },
  defaultConfiguration: { level: LEVELS[finding.severity] },
});

const resultOf = (finding: Finding, codes: readonly string[]): object => {
  const { code, severity, message, hint, fragments = [], related = [] } = finding;
  const locations = locationOf(finding);
  return {
    ruleId: code,
    ruleIndex: codes.indexOf(code),
    level: LEVELS[severity],
    message: { text: hint === undefined ? message : `${message}\n${hint}` },
    ...(locations.length === 0 ? {} : { locations }),
    ...(related.length === 0
      ? {}
      : {
          relatedLocations: related.map((one, id) => ({
            id,
            message: { text: one.note },
            physicalLocation: physicalOf(one),
          })),
        }),
    ...(fragments.length === 0 ? {} : { properties: { fragments } }),
  };
};

/** For code scanning: a SARIF 2.1.0 log with one run, every code that was found as a rule with help. */
export const renderSarif = (findings: readonly Finding[], options: RenderOptions): string => {
  const byCode = new Map<string, Finding>();
  for (const finding of findings) if (!byCode.has(finding.code)) byCode.set(finding.code, finding);
  const codes = [...byCode.keys()].sort((a, b) => (a < b ? -1 : 1));
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'tocsin',
            rules: codes.flatMap((code) => {
              const first = byCode.get(code);
              return first ? [ruleOf(first, options)] : [];
            }),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: findings.map((finding) => resultOf(finding, codes)),
      },
    ],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
};
