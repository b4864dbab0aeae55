import type { Finding } from './diagnostic.ts';
import { printable } from './printable.ts';
import type { RenderOptions } from './render-options.ts';
import { isAtLeast } from './render-options.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

const escapeText = (text: string): string =>
  printable(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');

/** An XML parser turns line breaks and tabs in attributes into spaces unless they are written as references. */
const escapeAttribute = (text: string): string => escapeText(text).replaceAll('\n', '&#10;').replaceAll('\t', '&#9;');

const attributes = (pairs: Readonly<Record<string, string | number>>): string =>
  Object.entries(pairs)
    .map(([name, value]) => ` ${name}="${escapeAttribute(String(value))}"`)
    .join('');

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

const caseOf = (finding: Finding, isFailure: boolean): readonly string[] => {
  const { code, severity, message, file = NO_FILE, line, column } = finding;
  const place = line === undefined ? '' : ` ${line}:${column ?? 1}`;
  const detail = escapeText(detailOf(finding));
  return [
    `    <testcase${attributes({ classname: file, name: `${code}${place}`, ...(file === NO_FILE ? {} : { file }), ...(line === undefined ? {} : { line }) })}>`,
    isFailure
      ? `      <failure${attributes({ type: severity, message })}>${detail}</failure>`
      : `      <system-out>${detail}</system-out>`,
    '    </testcase>',
  ];
};

/** For CI servers: JUnit XML with a suite per file and a case per finding; a run without findings is one case that passes. */
export const renderJunit = (findings: readonly Finding[], options: RenderOptions): string => {
  const isFailure = ({ severity }: Finding): boolean => isAtLeast(severity, options.failOn ?? 'error');
  const byFile = new Map<string, Finding[]>();
  for (const finding of findings) {
    const file = finding.file ?? NO_FILE;
    byFile.set(file, [...(byFile.get(file) ?? []), finding]);
  }
  const suites = [...byFile].flatMap(([name, found]) => [
    `  <testsuite${attributes({ name, tests: found.length, failures: found.filter(isFailure).length, errors: 0, skipped: 0 })}>`,
    ...found.flatMap((finding) => caseOf(finding, isFailure(finding))),
    '  </testsuite>',
  ]);
  const passed = [
    `  <testsuite${attributes({ name: NO_FILE, tests: 1, failures: 0, errors: 0, skipped: 0 })}>`,
    `    <testcase${attributes({ classname: NO_FILE, name: 'no findings' })}/>`,
    '  </testsuite>',
  ];
  const tests = Math.max(1, findings.length);
  return `${[
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: NO_FILE, tests, failures: findings.filter(isFailure).length, errors: 0 })}>`,
    ...(findings.length === 0 ? passed : suites),
    '</testsuites>',
  ].join('\n')}\n`;
};
