import type { ExpositionFormat, Family, LabelPair, Sample } from './exposition.ts';
import { writeNumber } from './number.ts';

/** What is printed of a family: everything but where it stood. */
export interface PrintedFamily extends Pick<Family, 'name'> {
  readonly type?: { readonly value: NonNullable<Family['type']>['value'] };
  readonly help?: { readonly value: string };
  readonly unit?: { readonly value: string };
  readonly samples: readonly (Pick<Sample, 'name' | 'value' | 'timestamp'> & {
    readonly labels: readonly Pick<LabelPair, 'name' | 'value'>[];
    readonly exemplar?: {
      readonly labels: readonly Pick<LabelPair, 'name' | 'value'>[];
      readonly value: number;
      readonly timestamp?: number;
    };
  })[];
}

const escapeValue = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

const escapeHelp = (help: string, format: ExpositionFormat): string =>
  format === 'openmetrics' ? escapeValue(help) : help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');

const labelsOf = (labels: readonly Pick<LabelPair, 'name' | 'value'>[]): string =>
  labels.map(({ name, value }) => `${name}="${escapeValue(value)}"`).join(',');

/** The families as a service would answer them. */
export const printExposition = (families: readonly PrintedFamily[], format: ExpositionFormat): string => {
  const isOpen = format === 'openmetrics';
  const lines: string[] = [];
  for (const { name, type, help, unit, samples } of families) {
    if (help) lines.push(`# HELP ${name} ${escapeHelp(help.value, format)}`);
    if (type) lines.push(`# TYPE ${name} ${isOpen && type.value === 'untyped' ? 'unknown' : type.value}`);
    if (unit && isOpen) lines.push(`# UNIT ${name} ${unit.value}`);
    for (const { name: sample, labels, value, timestamp, exemplar } of samples) {
      const time = timestamp === undefined ? '' : ` ${isOpen ? writeNumber(timestamp / 1000) : timestamp}`;
      const example =
        exemplar && isOpen
          ? ` # {${labelsOf(exemplar.labels)}} ${writeNumber(exemplar.value)}${exemplar.timestamp === undefined ? '' : ` ${writeNumber(exemplar.timestamp)}`}`
          : '';
      lines.push(`${sample}${labels.length > 0 ? `{${labelsOf(labels)}}` : ''} ${writeNumber(value)}${time}${example}`);
    }
  }
  if (isOpen) lines.push('# EOF');
  return lines.map((line) => `${line}\n`).join('');
};
