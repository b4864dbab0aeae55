import type { Finding } from './diagnostic.ts';
import type { JunitCase } from './junit-xml.ts';
import { renderJunitXml } from './junit-xml.ts';
import type { RenderOptions } from './render-options.ts';
import { isAtLeast } from './render-options.ts';

const detailOf = ({
  severity,
  message,
  file,
  line,
  column,
  property,
  subject,
  hint,
  fragments = [],
  related = [],
}: Finding): string =>
  [
    `${severity}: ${message}`,
    ...(file === undefined ? [] : [[file, line, column].filter((part) => part !== undefined).join(':')]),
    ...(property === undefined && subject === undefined
      ? []
      : [`at ${[property, subject].filter(Boolean).join(', ')}`]),
    ...fragments.map(({ artefact, text }) => `in ${artefact}: ${text}`),
    ...related.map((one) => `see ${one.file}:${one.line}:${one.column}: ${one.note}`),
    ...(hint === undefined ? [] : [hint]),
  ].join('\n');

const NO_FILE = 'tocsin';

const caseOf = (finding: Finding, isFailure: boolean): JunitCase => {
  const { code, severity, message, file = NO_FILE, line, column } = finding;
  const detail = detailOf(finding);
  return {
    classname: file,
    name: line === undefined ? code : `${code} ${line}:${column ?? 1}`,
    ...(file === NO_FILE ? {} : { file }),
    ...(line === undefined ? {} : { line }),
    ...(isFailure ? { failure: { type: severity, message, detail } } : { output: detail }),
  };
};

/** For CI servers: JUnit XML with a suite per file and a case per finding; a run without findings is one case that passes. */
export const renderJunit = (findings: readonly Finding[], options: RenderOptions): string => {
  const byFile = new Map<string, JunitCase[]>();
  for (const finding of findings) {
    const file = finding.file ?? NO_FILE;
    const one = caseOf(finding, isAtLeast(finding.severity, options.failOn ?? 'error'));
    byFile.set(file, [...(byFile.get(file) ?? []), one]);
  }
  const suites = [...byFile].map(([name, cases]) => ({ name, cases }));
  const passed = { name: NO_FILE, cases: [{ classname: NO_FILE, name: 'no findings' }] };
  return renderJunitXml(NO_FILE, suites.length === 0 ? [passed] : suites);
};
