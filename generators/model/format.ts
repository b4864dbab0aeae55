/** The one place where values, durations and the text of alerts become words. */
import { InvariantError } from '../diagnostics/errors.ts';
import { durationText } from '../promql/print-text.ts';
import { remember } from '../promql/remember.ts';
import type { UnitId } from '../promql/units.ts';
import { UNITS } from '../promql/units.ts';
import type { Amount, Direction, Milliseconds, ResponseTime } from './model.ts';
import { fromBase } from './quantities.ts';

/** Fifteen digits hold every decimal a person writes and drop what binary fractions add (0.1 + 0.2). */
const tidy = (value: number): number =>
  Number.isFinite(value) && !Number.isInteger(value) ? Number(value.toPrecision(15)) : value;

/** A number with thousands separated and no binary noise: `1,234.5`. */
export const formatNumber = (value: number): string => {
  if (Number.isInteger(value) && Math.abs(value) < 1000) return String(value);
  const text = String(tidy(value));
  if (!/^-?\d+(\.\d+)?$/.test(text)) return text.replace('Infinity', 'Inf');
  const [whole = '', fraction] = text.split('.');
  const grouped = whole.replaceAll(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
};

interface Scale {
  readonly name: string;
  /** How many base units it is. */
  readonly size: number;
}

const TIMES: readonly Scale[] = [
  { name: 'd', size: 86_400 },
  { name: 'h', size: 3600 },
  { name: 'min', size: 60 },
  { name: 's', size: 1 },
];

/** Splits a total into whole amounts of each scale, biggest first; the last one keeps the fraction. */
const split = (total: number, scales: readonly Scale[]): readonly (readonly [amount: number, scale: Scale])[] => {
  const decimals = Number.isInteger(total) ? 0 : (/\.(\d+)$/.exec(String(tidy(total)))?.[1]?.length ?? 0);
  let rest = tidy(total);
  return scales.flatMap((scale) => {
    const amount = scale.size === 1 ? Number(rest.toFixed(decimals)) : Math.floor(rest / scale.size);
    rest -= amount * scale.size;
    return amount > 0 ? [[amount, scale] as const] : [];
  });
};

/** `90` to `1 min 30 s`. */
const formatSeconds = (seconds: number): string => {
  if (!Number.isFinite(seconds) || Math.abs(seconds) < 60) return `${formatNumber(seconds)} s`;
  const parts = split(Math.abs(seconds), TIMES).map(([amount, { name }]) => `${formatNumber(amount)} ${name}`);
  return `${seconds < 0 ? '-' : ''}${parts.join(' ')}`;
};

const DATA: readonly string[] = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** In the largest unit in which the number stays whole; in the unit it was written in when there is none. */
const formatData = (amount: number, from: 'B' | 'KiB' | 'MiB'): string => {
  let index = DATA.indexOf(from);
  let value = tidy(amount);
  while (value !== 0 && value % 1024 === 0 && index < DATA.length - 1) {
    value /= 1024;
    index += 1;
  }
  return `${formatNumber(value)} ${DATA[index]}`;
};

const PERIODS: readonly Scale[] = [
  { name: 'second', size: 1 },
  { name: 'minute', size: 60 },
  { name: 'hour', size: 3600 },
  { name: 'day', size: 86_400 },
];

const isShort = (value: number): boolean => Number.isInteger(tidy(value * 1000));

/** In the period a person would have named: 100 MiB per hour, not 29,127.1 bytes per second. */
const formatRate = (perSecond: number, first: 'second' | 'minute', formatOne: (amount: number) => string): string => {
  const preferred = PERIODS.filter(({ name }) => name === first);
  const periods = [...preferred, ...PERIODS.filter(({ name }) => name !== first)];
  const period = periods.find(({ size }) => isShort(perSecond * size)) ?? periods[0];
  return `${formatOne(perSecond * (period?.size ?? 1))} per ${period?.name ?? first}`;
};

/** A value with its unit, as a person would write it and exact: `100 ms`, `50 MiB`, `95 %`, `1,000 per second`. */
export const formatAmount = ({ value, unit }: Amount): string => {
  const amount = fromBase(value, unit);
  switch (unit) {
    case 'seconds':
      return formatSeconds(amount);
    case 'bytes':
      return formatData(amount, 'B');
    case 'kibibytes':
      return formatData(amount, 'KiB');
    case 'mebibytes':
      return formatData(amount, 'MiB');
    case 'ratio':
      return `${formatNumber(fromBase(value, 'percent'))} %`;
    case 'per_second':
      return formatRate(value, 'second', formatNumber);
    case 'per_minute':
      return formatRate(value, 'minute', formatNumber);
    case 'bytes_per_second':
      return formatRate(value, 'second', (bytes) => formatData(bytes, 'B'));
    case 'unix_seconds':
      return formatInstant(amount);
    default: {
      const { symbol } = UNITS[unit];
      return symbol === '' ? formatNumber(amount) : `${formatNumber(amount)} ${symbol}`;
    }
  }
};

/** The last second that a JavaScript date can hold. */
const LAST_INSTANT = 8_640_000_000_000;

const formatInstant = (unixSeconds: number): string =>
  Math.abs(unixSeconds) <= LAST_INSTANT
    ? `${new Date(unixSeconds * 1000)
        .toISOString()
        .replace('T', ' ')
        .replace(/(\.000)?Z$/, '')} UTC`
    : formatNumber(unixSeconds);

const UNITS_OF_DURATION: readonly Scale[] = [
  { name: 'day', size: 86_400_000 },
  { name: 'hour', size: 3_600_000 },
  { name: 'minute', size: 60_000 },
  { name: 'second', size: 1000 },
  { name: 'millisecond', size: 1 },
];

/** A duration in prose: `5 minutes`, `1 hour 30 minutes`. */
export const formatDuration = remember((ms: Milliseconds): string => {
  if (!Number.isFinite(ms) || ms < 0) throw new InvariantError(`not a duration: ${ms} ms`, 'model/format');
  const parts = split(ms, UNITS_OF_DURATION).map(
    ([amount, { name }]) => `${formatNumber(amount)} ${name}${amount === 1 ? '' : 's'}`,
  );
  return parts.length > 0 ? parts.join(' ') : '0 seconds';
});

/** A duration as Prometheus and Alertmanager write it: `5m`, `1h30m`, `1w`. Whole milliseconds, not negative. */
export const prometheusDuration = (ms: Milliseconds): string => {
  if (!Number.isSafeInteger(ms) || ms < 0)
    throw new InvariantError(`not a duration that Prometheus can read: ${ms} ms`, 'model/format');
  return durationText(ms);
};

/** How soon somebody has to react, in prose: `5 minutes`, `the next business day`. */
export const formatResponseTime = (time: ResponseTime): string => {
  switch (time.kind) {
    case 'within':
      return formatDuration(time.ms);
    case 'next-business-day':
      return 'the next business day';
    case 'review':
      return 'the next review';
  }
};

const BAD_SIDE: Readonly<Record<Direction, string>> = {
  above: 'above',
  below: 'below',
  atLeast: 'at least',
  atMost: 'at most',
};

/** Whether a state is on at the side of its level that the direction means; nothing for what is no state or has no sides. */
const stateSide = (direction: Direction, { unit, value }: Amount): 'on' | 'off' | undefined => {
  if (unit !== 'state') return undefined;
  if ((direction === 'below' && value === 1) || (direction === 'atMost' && value === 0)) return 'off';
  return (direction === 'above' && value === 0) || (direction === 'atLeast' && value === 1) ? 'on' : undefined;
};

/** What is bad when it is off is up or down; what is bad when it is on (an open circuit) is on or off. */
const BAD_STATE = { on: 'on', off: 'down' } as const;
const GOOD_STATE = { on: 'up', off: 'off' } as const;

const OPPOSITE: Readonly<Record<Direction, Direction>> = {
  above: 'atMost',
  below: 'atLeast',
  atLeast: 'below',
  atMost: 'above',
};

/** When a value is bad: `above 100 ms`; for a state `down`, or `on`. */
export const formatLevel = (direction: Direction, level: Amount): string => {
  const side = stateSide(direction, level);
  return side === undefined ? `${BAD_SIDE[direction]} ${formatAmount(level)}` : BAD_STATE[side];
};

/** When a value is good, the other side of its level: `at most 100 ms`; for a state `up`, or `off`. */
export const formatGoal = (direction: Direction, level: Amount): string => {
  const opposite = OPPOSITE[direction];
  const side = stateSide(opposite, level);
  return side === undefined ? `${BAD_SIDE[opposite]} ${formatAmount(level)}` : GOOD_STATE[side];
};

/**
 * So many significant digits, and from `whole` on a whole number. `humanize` writes 0.5 as
 * "500m" and 1001 as "1.001k", `$value` 1234567 as "1.234567e+06", and `increase` makes 3727.368 of 3,712 events.
 */
const plainTemplate = (digits: number, whole: string): string =>
  `{{ if or (ge $value ${whole}) (le $value -${whole}) }}{{ printf "%.0f" $value }}{{ else }}{{ printf "%.${digits}g" $value }}{{ end }}`;

/** Decimals say little of a count, so it has fewer of them than what is measured. */
const COUNT = plainTemplate(3, '100.0');
/** As many digits as `humanizePercentage` and `humanize1024` print. What would be rounded up to 1000 is whole already. */
const MEASURE = plainTemplate(4, '999.95');

/**
 * The Go template that prints the value of a firing alert with its unit. The value is in `unit` itself, as the query
 * gives it (https://prometheus.io/docs/prometheus/latest/configuration/template_reference/).
 */
export const valueTemplate = (unit: UnitId): string => {
  switch (unit) {
    case 'seconds':
      return '{{ $value | humanizeDuration }}';
    case 'ratio':
      return '{{ $value | humanizePercentage }}';
    case 'bytes':
      return '{{ $value | humanize1024 }}B';
    case 'bytes_per_second':
      return '{{ $value | humanize1024 }}B per second';
    case 'unix_seconds':
      return '{{ $value | humanizeTimestamp | reReplaceAll " [+]0000" "" }}';
    case 'per_second':
      return `${MEASURE} per second`;
    case 'per_minute':
      return `${MEASURE} per minute`;
    case 'count':
      return COUNT;
    case 'state':
      return '{{ if eq $value 1.0 }}on{{ else if eq $value 0.0 }}off{{ else }}{{ $value }}{{ end }}';
    default: {
      const { symbol } = UNITS[unit];
      return symbol === '' ? MEASURE : `${MEASURE} ${symbol}`;
    }
  }
};

/** A piece of an alert's text: literal text, or one of the placeholders `{value}`, `{threshold}`, `{for}`, `{labels.<name>}`. */
export type AlertTextPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'value' }
  | { readonly kind: 'threshold' }
  | { readonly kind: 'for' }
  | { readonly kind: 'label'; readonly name: string };

/** Takes an alert's text apart. What stands between `{{` and `}}` is literal: it is no placeholder of ours. */
export const parseAlertText = remember((text: string): readonly AlertTextPart[] => {
  const parts: AlertTextPart[] = [];
  let literal = '';
  let end = 0;
  for (const match of text.matchAll(/\{\{.*?\}\}|\{(?:(value|threshold|for)|labels\.([a-zA-Z_]\w*))\}/gs)) {
    literal += text.slice(end, match.index);
    end = match.index + match[0].length;
    const [whole, word, label] = match;
    if (word === undefined && label === undefined) {
      literal += whole;
      continue;
    }
    if (literal !== '') parts.push({ kind: 'text', text: literal });
    literal = '';
    parts.push(label === undefined ? { kind: word as 'value' | 'threshold' | 'for' } : { kind: 'label', name: label });
  }
  literal += text.slice(end);
  if (literal !== '') parts.push({ kind: 'text', text: literal });
  return parts;
}, 1000);

/** Text as a Go template that prints exactly this text. */
export const literalTemplate = (text: string): string => text.replaceAll('{{', '{{"{{"}}');

/** What an alert's text is filled in with. */
export interface AlertTextValues {
  /** The unit of the query's result. */
  readonly unit: UnitId;
  readonly threshold: Amount;
  readonly for: Milliseconds;
}

/** An alert's text as a Go template for an annotation of Prometheus. */
export const alertTextTemplate = (text: string, values: AlertTextValues): string => {
  let template = '';
  for (const part of parseAlertText(text)) {
    if (part.kind === 'text') {
      template += literalTemplate(part.text);
    } else if (part.kind === 'threshold') {
      template += formatAmount(values.threshold);
    } else if (part.kind === 'for') {
      template += formatDuration(values.for);
    } else {
      // A brace before an action would be read as part of its delimiter.
      if (template.endsWith('{')) template = `${template.slice(0, -1)}{{"{"}}`;
      template += part.kind === 'value' ? valueTemplate(values.unit) : `{{ $labels.${part.name} }}`;
    }
  }
  return template;
};

/** What an alert's text is filled in with for a page that people read before anything fires. */
export interface AlertProseValues {
  readonly value: string;
  readonly threshold: string;
  readonly for: string;
  readonly label: (name: string) => string;
}

/** An alert's text with words in the place of its placeholders; `literal` treats the text between them. */
export const alertTextProse = (
  text: string,
  values: AlertProseValues,
  literal: (text: string) => string = (plain) => plain,
): string =>
  parseAlertText(text)
    .map((part) =>
      part.kind === 'text' ? literal(part.text) : part.kind === 'label' ? values.label(part.name) : values[part.kind],
    )
    .join('');
