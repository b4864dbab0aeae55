/**
 * Random PromQL from a seed: expressions that are mostly valid, of every form the grammar has, and mutants of them that
 * are mostly not. The same seed gives the same row of expressions. The classic language is what Prometheus 2.42 knows.
 */

/** A row of random numbers from a seed (mulberry32). */
export interface Random {
  /** An integer from 0 to `limit` - 1. */
  below(limit: number): number;
  chance(probability: number): boolean;
  pick<V>(values: readonly V[]): V;
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    below,
    chance: (probability) => next() < probability,
    pick(values) {
      const value = values[below(values.length)];
      if (value === undefined) throw new Error('nothing to pick from');
      return value;
    },
  };
}

const CLASSIC_LABELS = ['a', 'b', 'job', 'instance', 'le', '__name__', 'by', 'sum', 'on', 'bool'];
const NEW_FUNCTIONS: ReadonlySet<string> = new Set([
  'histogram_avg',
  'histogram_stddev',
  'start_timestamp',
  'mad_over_time',
  'first_over_time',
  'ts_of_max_over_time',
]);
const METRICS = [
  'foo',
  'bar',
  'up',
  'http_requests_total',
  'job:rate:5m',
  ':a',
  'a_bucket',
  'x',
  'le',
  'Inf_rate',
  'nan_x',
  '_',
];
const CLASSIC_WORDS = [
  'sum', 'avg', 'min', 'max', 'group', 'by', 'without', 'on', 'ignoring', 'group_left', 'group_right', 'offset', 'bool', 'and',
  'or', 'unless', 'atan2', 'topk', 'quantile', 'count_values', 'count', 'stddev', 'inf', 'nan', 'NaN', 'Inf', 'SUM', 'By', 'time',
  'rate',
]; // prettier-ignore
const WORDS = [
  ...CLASSIC_WORDS, 'start', 'end', 'step', 'range', 'fill', 'fill_left', 'fill_right', 'anchored', 'smoothed', 'max_of', 'min_of',
  'limitk', 'limit_ratio', 'info',
]; // prettier-ignore
const LABELS = ['a', 'b', 'job', 'instance', 'le', '__name__', 'by', 'sum', 'on', '"a.b"', "'c d'", 'x:y', 'bool'];
const NUMBERS = [
  '0',
  '1',
  '5',
  '0.5',
  '.5',
  '1.',
  '1e3',
  '1E-3',
  '0x1F',
  '0X_1f',
  '017',
  '08',
  '1_000',
  'Inf',
  'nan',
  '1e400',
  '9223372036854775808',
  '1.5e+3',
  '007',
  '1e1_0',
];
const DURATIONS = [
  '5m',
  '1h',
  '30s',
  '1h30m',
  '500ms',
  '1d',
  '2w',
  '1y',
  '1y2w3d4h5m6s7ms',
  '0s',
  '5m5m',
  '1m1h',
  '300y',
  '1hs',
  '106752d',
];
const STRINGS = [
  '"x"',
  "'y'",
  '`z`',
  '""',
  '"a\\nb"',
  '"\\x41"',
  '"\\u00e9"',
  '"\\377"',
  '"\\xc3\\xa9"',
  "'it\\'s'",
  '`\\d`',
  '"\\U0001F600"',
  '"é"',
  '"日本"',
  '"a long string with words"',
];
const PATTERNS = [
  '"a.*"',
  '".+"',
  '".*"',
  '"a|b"',
  '"a|"',
  '"5.."',
  '"(a|b)?"',
  '"[a-z]+"',
  '"^$"',
  '""',
  '"\\\\d+"',
  '"(?i)x"',
  '`\\w+`',
  '"(?:x*)"',
  '"a{0,3}"',
];
const BINARY = [
  '+',
  '-',
  '*',
  '/',
  '%',
  '^',
  'atan2',
  '==',
  '!=',
  '>',
  '<',
  '>=',
  '<=',
  'and',
  'or',
  'unless',
  '</',
  '>/',
];
const AGGREGATES = ['sum', 'avg', 'min', 'max', 'count', 'group', 'stddev', 'stdvar'];
const PARAMETRIC = ['topk', 'bottomk', 'quantile', 'limitk', 'limit_ratio'];
const VECTOR_FUNCTIONS = [
  'abs',
  'ceil',
  'sort',
  'absent',
  'ln',
  'timestamp',
  'histogram_count',
  'histogram_avg',
  'histogram_stddev',
  'day_of_year',
  'hour',
  'sgn',
  'start_timestamp',
];
const RANGE_FUNCTIONS = [
  'rate',
  'increase',
  'delta',
  'avg_over_time',
  'changes',
  'present_over_time',
  'mad_over_time',
  'first_over_time',
  'ts_of_max_over_time',
  'absent_over_time',
];
const FRAGMENTS = [
  '(', ')', '[', ']', '{', '}', ',', ':', '=', '=~', '!~', '!=', '==', '+', '-', '*', '/', '%', '^', '@', '<', '>', '!', '"', "'",
  '`', '#', '\n', '.', ';', '~', '\\', '$', '&', '|', '_', 'é', '日', '\u0000', '\ufffd', '\u00a0', '😀', '"\\q"', '"\\x4"',
  '"\\ud800"', '"\\400"', '1..2', '1e', '0x', '[5m]', '[5m:1m]', '[:]', '()', '{}', ' offset 5m', ' @ 1', ' by (a)', ' on (a)', 'bool',
  'rate(', 'sum(', 'sum by', 'foo(', 'group_left',
]; // prettier-ignore
const NEW_FRAGMENTS = [
  '</',
  '5mm',
  '1_',
  '1__0',
  '5m3',
  '[0]',
  '[-1m]',
  'fill(1)',
  'offset -(5m)',
  '[5m/0]',
  '[1m+step()]',
];
const SPACES = ['', '', '', ' ', ' ', '  ', '\n', '\t', ' # note\n'];

/** Makes expressions; see the file comment. */
export interface ExpressionGenerator {
  /** An expression of the given type, mostly. */
  expression(): string;
  /** An expression with something broken in it. */
  mutant(): string;
  /** Breaks something in a given text. */
  mutate(text: string): string;
}

export type Language = 'newest' | 'classic';

export function createExpressionGenerator(random: Random, language: Language = 'newest'): ExpressionGenerator {
  const classic = language === 'classic';
  const words = classic ? CLASSIC_WORDS : WORDS;
  const labels = classic ? CLASSIC_LABELS : LABELS;
  const numbers = classic ? NUMBERS.filter((number) => !number.includes('_')) : NUMBERS;
  const functions = classic ? VECTOR_FUNCTIONS.filter((name) => !NEW_FUNCTIONS.has(name)) : VECTOR_FUNCTIONS;
  const rangeFunctions = classic ? RANGE_FUNCTIONS.filter((name) => !NEW_FUNCTIONS.has(name)) : RANGE_FUNCTIONS;
  const parametric = classic ? PARAMETRIC.filter((name) => !name.startsWith('limit')) : PARAMETRIC;
  const operators = classic ? BINARY.filter((op) => op !== '</' && op !== '>/') : BINARY;
  const fragments = [...(classic ? FRAGMENTS : [...FRAGMENTS, ...NEW_FRAGMENTS]), ...words];

  const space = (): string => (random.chance(0.25) ? random.pick(SPACES) : ' ');
  const gap = (): string => (random.chance(0.15) ? random.pick(SPACES) : '');
  const list = (min: number, max: number, item: () => string): string => {
    const count = min + random.below(max - min + 1);
    return Array.from({ length: count }, item).join(`${gap()},${gap()}`);
  };

  const metric = (): string => (random.chance(0.1) ? random.pick(words) : random.pick(METRICS));
  const number = (): string => (random.chance(0.8) ? String(random.below(100)) : random.pick(numbers));
  const duration = (): string =>
    random.chance(0.8) ? `${1 + random.below(60)}${random.pick(['s', 'm', 'h', 'd'])}` : random.pick(DURATIONS);

  const durationExpression = (depth: number): string => {
    if (depth <= 0 || random.chance(0.3)) {
      const roll = random.below(10);
      if (roll < 6) return duration();
      if (roll < 8) return number();
      return random.pick(['step()', 'range()', 'STEP ( )']);
    }
    const roll = random.below(8);
    const inner = (): string => durationExpression(depth - 1);
    if (roll < 4) return `${inner()}${gap()}${random.pick(['+', '-', '*', '/', '%', '^'])}${gap()}${inner()}`;
    if (roll === 4) return `(${inner()})`;
    if (roll === 5) return `${random.pick(['-', '+'])}${inner()}`;
    return `${random.pick(['min_of', 'max_of'])}(${inner()},${gap()}${inner()})`;
  };
  const window = (): string => (classic || random.chance(0.85) ? duration() : durationExpression(2));

  const matcher = (): string => {
    if (!classic && random.chance(0.06)) return random.pick(STRINGS);
    const op = random.pick(['=', '=', '!=', '=~', '!~']);
    const value = op.endsWith('~') ? random.pick(PATTERNS) : random.pick(STRINGS);
    return `${random.pick(labels)}${gap()}${op}${gap()}${value}`;
  };
  const modifiers = (): string => {
    let out = '';
    if (random.chance(0.12))
      out += `${space()}offset ${random.chance(0.3) ? '-' : ''}${classic || random.chance(0.9) ? duration() : durationExpression(2)}`;
    if (random.chance(0.08))
      out += `${space()}@${gap()}${random.pick(['1603774568', '-5', '0x10', '1.5', 'start()', 'end()', classic ? '1e400' : '5m', 'NaN'])}`;
    if (!classic && random.chance(0.02)) out += random.pick([' anchored', ' smoothed']);
    if (random.chance(0.03)) out += ` offset ${duration()}`;
    return out;
  };
  const bareSelector = (): string => {
    const matchers = random.chance(0.5) ? `{${list(0, 3, matcher)}${random.chance(0.05) ? ',' : ''}}` : '';
    return random.chance(0.9) ? `${metric()}${matchers}` : matchers === '' ? '{a="b"}' : matchers;
  };
  const selector = (): string => bareSelector() + modifiers();
  const range = (depth: number): string => {
    if (depth > 0 && random.chance(0.2)) {
      return `${vector(depth - 1, true)}[${window()}:${random.chance(0.5) ? window() : ''}]${modifiers()}`;
    }
    const extended = !classic && random.chance(0.03) ? random.pick([' anchored', ' smoothed']) : '';
    return `${bareSelector()}[${gap()}${window()}${gap()}]${extended}${modifiers()}`;
  };
  const scalar = (depth: number): string => {
    const roll = random.below(10);
    if (depth <= 0 || roll < 5) return number();
    if (roll < 6) return `scalar(${vector(depth - 1)})`;
    if (roll < 7)
      return random.pick(
        classic ? ['time()', 'pi()'] : ['time()', 'pi()', 'start()', 'range()', `min_of(${scalar(depth - 1)},1)`],
      );
    if (roll < 8) return `${random.pick(['-', '+'])}${scalar(depth - 1)}`;
    if (roll < 9) return classic ? number() : duration();
    return `(${scalar(depth - 1)}${gap()}${random.pick(['+', '-', '*', '/', '^', '== bool', '> bool'])} ${scalar(depth - 1)})`;
  };
  const grouping = (): string =>
    `${random.pick(['by', 'without', 'by', 'BY'])}${gap()}(${list(0, 3, () => random.pick(labels))})`;
  const aggregate = (depth: number): string => {
    const clause = random.chance(0.6) ? grouping() : '';
    let call: string;
    const roll = random.below(10);
    if (roll < 7) call = `${random.pick(AGGREGATES)}|(${vector(depth - 1)})`;
    else if (roll < 9) call = `${random.pick(parametric)}|(${scalar(depth - 1)},${gap()}${vector(depth - 1)})`;
    else call = `count_values|(${random.pick(STRINGS)}, ${vector(depth - 1)})`;
    const [name = '', args = ''] = call.split('|', 1).concat(call.slice(call.indexOf('|') + 1));
    return random.chance(0.5)
      ? `${name}${gap()}${clause === '' ? '' : ` ${clause}`}${gap()}${args}`
      : `${name}${args}${space()}${clause}`;
  };
  const call = (depth: number): string => {
    const roll = random.below(20);
    const inner = (): string => vector(depth - 1);
    if (roll < 6) return `${random.pick(rangeFunctions)}(${gap()}${range(depth - 1)}${gap()})`;
    if (roll < 10) return `${random.pick(functions)}(${inner()})`;
    switch (roll) {
      case 10:
        return `histogram_quantile(${scalar(depth - 1)}, ${inner()})`;
      case 11:
        return `label_replace(${inner()}, "a", "$1", "b", "(.*)")`;
      case 12:
        return `label_join(${inner()}, "a", ","${random.chance(0.5) ? ', "b"' : ''})`;
      case 13:
        return `clamp(${inner()}, ${scalar(depth - 1)}, ${scalar(depth - 1)})`;
      case 14:
        return `${random.pick(['quantile_over_time(0.5, ', 'histogram_fraction(0, 1, '])}${random.chance(0.5) ? range(depth - 1) : inner()})`;
      case 15:
        if (classic) return `scalar(${inner()})`;
        return `info(${inner()}${random.chance(0.6) ? `, {${list(0, 2, matcher)}}` : ''})`;
      case 16:
        return `${classic ? 'holt_winters' : random.pick(['holt_winters', 'double_exponential_smoothing'])}(${range(depth - 1)}, 0.5, 0.1)`;
      case 17:
        if (classic) return `timestamp(${inner()})`;
        return `sort_by_label${random.pick(['', '_desc'])}(${inner()}, ${random.pick(STRINGS)})`;
      case 18:
        return `predict_linear(${range(depth - 1)}, ${scalar(depth - 1)})`;
      default:
        return `round(${inner()}${random.chance(0.5) ? `, ${scalar(depth - 1)}` : ''})`;
    }
  };
  const matching = (): string => {
    let out = '';
    if (random.chance(0.1)) out += ' bool';
    if (random.chance(0.3)) {
      out += ` ${random.pick(['on', 'ignoring', 'ON'])}${gap()}(${list(0, 2, () => random.pick(labels))})`;
      if (random.chance(0.4))
        out += ` ${random.pick(['group_left', 'group_right'])}${random.chance(0.6) ? `(${list(0, 2, () => random.pick(labels))})` : ''}`;
    }
    if (!classic && random.chance(0.04))
      out += ` ${random.pick(['fill', 'fill_left', 'fill_right'])}(${random.chance(0.2) ? '-' : ''}${number()})`;
    return out;
  };
  const vector = (depth: number, closed = false): string => {
    if (depth <= 0) return selector();
    const roll = random.below(20);
    if (roll < 5) return selector();
    if (roll < 9) return call(depth);
    if (roll < 13) return aggregate(depth);
    if (roll < 14) return `(${vector(depth - 1)})`;
    if (roll < 15) return `vector(${scalar(depth - 1)})`;
    if (roll < 16 && !closed) return `${random.pick(['-', '+'])}${vector(depth - 1)}`;
    const right = random.chance(0.25) ? scalar(depth - 1) : vector(depth - 1);
    const left = random.chance(0.1) ? scalar(depth - 1) : vector(depth - 1);
    const text = `${left}${space()}${random.pick(operators)}${matching()}${space()}${right}`;
    return closed || random.chance(0.3) ? `(${text})` : text;
  };

  const expression = (): string => {
    const depth = random.below(5);
    const roll = random.below(20);
    if (roll < 15) return vector(depth);
    if (roll < 17) return scalar(depth);
    if (roll < 18) return range(depth);
    return roll < 19 ? random.pick(STRINGS) : `${number()} ${random.pick(operators)} ${vector(depth)}`;
  };

  const token =
    /\s+|#[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`|[A-Za-z_:][\w:]*|[0-9.][\w.]*|[=!<>]=|[=!]~|<\/|>\/|./gsu;
  const mutateOnce = (text: string): string => {
    const tokens = text.match(token) ?? [];
    const at = random.below(tokens.length + 1);
    switch (random.below(9)) {
      case 0:
      case 1:
        tokens.splice(at, 1);
        break;
      case 2:
      case 3:
        tokens.splice(at, 0, random.pick(fragments));
        break;
      case 4:
        tokens.splice(at, 1, random.pick(fragments));
        break;
      case 5:
        if (tokens.length > 0) tokens.splice(at, 0, random.pick(tokens));
        break;
      case 6: {
        const other = random.below(tokens.length + 1);
        const [a, b] = [tokens[at], tokens[other]];
        if (a !== undefined && b !== undefined) {
          tokens[at] = b;
          tokens[other] = a;
        }
        break;
      }
      case 7: {
        const position = random.below(text.length + 1);
        return random.chance(0.5) ? text.slice(0, position) + text.slice(position + 1) : text.slice(0, position);
      }
      default: {
        const position = random.below(text.length + 1);
        return text.slice(0, position) + random.pick(fragments) + text.slice(position);
      }
    }
    return tokens.join('');
  };
  const mutate = (text: string): string => {
    let out = mutateOnce(text);
    while (random.chance(0.3)) out = mutateOnce(out);
    return out;
  };

  return { expression, mutate, mutant: () => mutate(expression()) };
}
