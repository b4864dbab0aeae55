import type {
  Exemplar,
  Exposition,
  ExpositionFormat,
  Family,
  FamilyType,
  LabelPair,
  Problem,
  Said,
  Sample,
  TextRange,
} from './exposition.ts';
import { FAMILY_TYPES } from './exposition.ts';
import { readNumber } from './number.ts';

/** What ends the reading of one line. */
class LineError extends Error {
  readonly range: TextRange;

  constructor(message: string, range: TextRange) {
    super(message);
    this.range = range;
  }
}

/** A family while it is being read. */
interface Draft {
  readonly name: string;
  type?: Said<FamilyType>;
  help?: Said<string>;
  unit?: Said<string>;
  readonly samples: Sample[];
  readonly first: TextRange;
  /** OpenMetrics: another family has begun since. */
  isClosed: boolean;
}

/** What samples of a family may be called besides the family itself. */
const SUFFIXES: Readonly<Record<ExpositionFormat, Readonly<Partial<Record<FamilyType, readonly string[]>>>>> = {
  text: { histogram: ['_bucket', '_sum', '_count'], summary: ['_sum', '_count'] },
  openmetrics: {
    counter: ['_total', '_created'],
    histogram: ['_bucket', '_sum', '_count', '_created'],
    gaugehistogram: ['_bucket', '_gsum', '_gcount'],
    summary: ['_sum', '_count', '_created'],
    info: ['_info'],
  },
};

/** The types of OpenMetrics whose samples never have the plain name of the family. */
const ALWAYS_SUFFIXED: ReadonlySet<FamilyType> = new Set(['counter', 'histogram', 'gaugehistogram', 'info']);

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const TEXT_ESCAPES: Readonly<Record<string, string>> = { '\\': '\\', n: '\n', '"': '"' };

/** A cursor over one line. */
const createCursor = (text: string, from: number, to: number, hasBlanks: boolean) => {
  let at = from;
  const cursor = {
    get at() {
      return at;
    },
    get isAtEnd() {
      return at >= to;
    },
    get next() {
      return at < to ? (text[at] ?? '') : '';
    },
    fail: (message: string, start = at, end = Math.max(at, start + 1)): never => {
      throw new LineError(message, { from: start, to: Math.min(end, Math.max(to, start)) });
    },
    move: (count: number): void => {
      at += count;
    },
    /** Blanks are free in Prometheus's format; OpenMetrics has them only where it says so. */
    skipBlanks: (): void => {
      if (!hasBlanks) return;
      while (at < to && (text[at] === ' ' || text[at] === '\t')) at += 1;
    },
    match: (pattern: RegExp): string => {
      pattern.lastIndex = at;
      const found = pattern.exec(text)?.[0] ?? '';
      at += found.length;
      return found;
    },
    /** To the next blank, or to the end of the line. */
    word: (): string => {
      const start = at;
      while (at < to && text[at] !== ' ' && text[at] !== '\t') at += 1;
      return text.slice(start, at);
    },
    /** The text up to a character, or to the end of the line, with its escapes resolved. */
    text: (escapes: string, until = ''): string => {
      let value = '';
      while (at < to && text[at] !== until) {
        const char = text[at] ?? '';
        if (char !== '\\') {
          value += char;
          at += 1;
          continue;
        }
        const escaped = at + 1 < to ? (text[at + 1] ?? '') : '';
        if (escaped === '' || !escapes.includes(escaped))
          cursor.fail(`invalid escape sequence '\\${escaped}'`, at, at + 2);
        value += TEXT_ESCAPES[escaped] ?? '';
        at += 2;
      }
      return value;
    },
    /** A value in quotes; the cursor is on the opening one. */
    quoted: (): string => {
      const start = at;
      at += 1;
      const value = cursor.text('\\n"', '"');
      if (at >= to) return cursor.fail('the label value does not end in this line', start, to);
      at += 1;
      return value;
    },
  };
  return cursor;
};

type Cursor = ReturnType<typeof createCursor>;

const readLabels = (cursor: Cursor, hasBlanks: boolean): readonly LabelPair[] => {
  const labels: LabelPair[] = [];
  cursor.move(1);
  for (;;) {
    cursor.skipBlanks();
    if (cursor.next === '}') break;
    const from = cursor.at;
    const name = cursor.match(LABEL);
    if (name === '') cursor.fail(cursor.isAtEnd ? 'the labels do not end in this line' : 'expected a label name');
    if (name === '__name__') cursor.fail('the label "__name__" is reserved for the name of the metric', from);
    if (labels.some((label) => label.name === name)) cursor.fail(`the label "${name}" is there twice`, from);
    cursor.skipBlanks();
    if (cursor.next !== '=') cursor.fail(`expected = after the label "${name}"`);
    cursor.move(1);
    cursor.skipBlanks();
    if (cursor.next !== '"') cursor.fail(`expected the value of the label "${name}" in double quotes`);
    const value = cursor.quoted();
    labels.push({ name, value, from, to: cursor.at });
    cursor.skipBlanks();
    if (cursor.next === '}') break;
    if (cursor.next !== ',') cursor.fail('expected a comma or } after the label value');
    cursor.move(1);
    // One comma may stand after the last label; OpenMetrics has none there.
    if (!hasBlanks && cursor.next === '}') cursor.fail('expected a label name');
  }
  cursor.move(1);
  return labels;
};

const readValue = (cursor: Cursor): number => {
  const from = cursor.at;
  const word = cursor.word();
  const value = readNumber(word);
  return value ?? cursor.fail(word === '' ? 'expected a value' : `expected a number as value, not '${word}'`, from);
};

const isInt64 = (text: string): boolean => {
  if (!/^[+-]?\d+$/.test(text)) return false;
  const value = BigInt(text.replace('+', ''));
  return value >= -(2n ** 63n) && value < 2n ** 63n;
};

/** Parses what a scrape answered. Never throws: a line that cannot be read is a problem, and the next one is read all the same. */
export const parseExposition = (text: string, format: ExpositionFormat): Exposition => {
  const isOpen = format === 'openmetrics';
  const problems: Problem[] = [];
  const drafts = new Map<string, Draft>();
  /** The families that a suffixed name may belong to. */
  const suffixed = new Map<string, Draft>();
  let current: Draft | undefined;
  let isEnded = false;

  const draftOf = (name: string, range: TextRange): Draft => {
    const known = drafts.get(name);
    const draft: Draft = known ?? { name, samples: [], first: range, isClosed: false };
    drafts.set(name, draft);
    if (isOpen && current !== draft) {
      if (current) current.isClosed = true;
      if (draft.isClosed) throw new LineError(`the lines of ${name} do not stand together`, range);
    }
    current = draft;
    return draft;
  };

  const setType = (draft: Draft, type: Said<FamilyType>): void => {
    draft.type = type;
    for (const suffix of SUFFIXES[format][type.value] ?? []) suffixed.set(`${draft.name}${suffix}`, draft);
  };

  const describe = (cursor: Cursor, keyword: string, line: TextRange): void => {
    const nameAt = cursor.at;
    const name = cursor.match(NAME);
    if (name === '' || (!cursor.isAtEnd && cursor.next !== ' ' && cursor.next !== '\t'))
      cursor.fail('invalid metric name in comment', nameAt);
    if (!isOpen) cursor.skipBlanks();
    else if (!cursor.isAtEnd) cursor.move(1);
    // Prometheus's format takes a line that says nothing for a comment.
    if (cursor.isAtEnd && !isOpen) return;
    const draft = draftOf(isOpen ? name : (suffixed.get(name)?.name ?? name), {
      from: nameAt,
      to: nameAt + name.length,
    });
    if (isOpen && draft.samples.length > 0)
      cursor.fail(`${keyword} of ${name} stands behind its samples`, line.from, line.to);
    const from = cursor.at;
    if (keyword === 'HELP') {
      if (draft.help) cursor.fail(`second HELP line for ${name}`, line.from, line.to);
      draft.help = { value: cursor.text(isOpen ? '\\n"' : '\\n'), from, to: line.to };
      return;
    }
    if (keyword === 'UNIT') {
      if (draft.unit) cursor.fail(`second UNIT line for ${name}`, line.from, line.to);
      const value = cursor.word();
      if (value !== '' && !name.endsWith(`_${value}`))
        cursor.fail(`the name ${name} does not end in its unit, _${value}`, from, line.to);
      draft.unit = { value, from, to: line.to };
      return;
    }
    if (draft.type ?? draft.samples.length > 0)
      cursor.fail(`second TYPE line for ${name}, or TYPE stands behind its samples`, line.from, line.to);
    const word = text.slice(from, line.to);
    const type = typeOf(word, isOpen);
    if (type === undefined) return cursor.fail(`unknown metric type '${word}'`, from, line.to);
    setType(draft, { value: type, from, to: line.to });
  };

  const readComment = (cursor: Cursor, line: TextRange): void => {
    cursor.move(1);
    if (isOpen) {
      if (cursor.next !== ' ') cursor.fail('expected a blank after #');
      cursor.move(1);
    } else cursor.skipBlanks();
    const keyword = cursor.word();
    if (isOpen && keyword === 'EOF' && cursor.isAtEnd) {
      isEnded = true;
      return;
    }
    const isKnown = keyword === 'HELP' || keyword === 'TYPE' || (isOpen && keyword === 'UNIT');
    if (!isKnown) {
      if (isOpen) cursor.fail(`expected HELP, TYPE, UNIT or EOF after #, not '${keyword}'`, line.from + 2);
      return;
    }
    if (!isOpen) cursor.skipBlanks();
    else if (!cursor.isAtEnd) cursor.move(1);
    if (cursor.isAtEnd && !isOpen) return;
    describe(cursor, keyword, line);
  };

  const readExemplar = (cursor: Cursor, end: number): Exemplar => {
    const from = cursor.at;
    cursor.move(2);
    if (cursor.next !== '{') cursor.fail('expected the labels of the exemplar');
    const labels = readLabels(cursor, false);
    const length = labels.reduce((sum, { name, value }) => sum + [...name].length + [...value].length, 0);
    if (length > 128)
      cursor.fail(`the labels of the exemplar have ${length} characters, more than 128`, from, cursor.at);
    if (cursor.next !== ' ') cursor.fail('expected a blank and the value of the exemplar');
    cursor.move(1);
    const value = readValue(cursor);
    if (cursor.isAtEnd) return { labels, value, from, to: end };
    cursor.move(1);
    return { labels, value, timestamp: readValue(cursor), from, to: end };
  };

  const readSample = (cursor: Cursor, line: TextRange): void => {
    const from = cursor.at;
    const name = cursor.match(NAME);
    if (name === '') cursor.fail('expected the name of a metric');
    const owner = draftOf(suffixed.get(name)?.name ?? name, { from, to: cursor.at });
    const kind = owner.type?.value;
    if (isOpen && kind !== undefined && owner.name === name && ALWAYS_SUFFIXED.has(kind))
      cursor.fail(
        `a ${kind} has no sample of its plain name: ${(SUFFIXES.openmetrics[kind] ?? []).map((one) => `${name}${one}`).join(', ')}`,
        from,
      );
    cursor.skipBlanks();
    const labels = cursor.next === '{' ? readLabels(cursor, !isOpen) : [];
    for (const label of labels) {
      const isNumber =
        (label.name === 'le' && (kind === 'histogram' || kind === 'gaugehistogram')) ||
        (label.name === 'quantile' && kind === 'summary');
      if (isNumber && readNumber(label.value) === undefined)
        cursor.fail(
          `expected a number as value of the label "${label.name}", not '${label.value}'`,
          label.from,
          label.to,
        );
    }
    if (isOpen) {
      if (cursor.next !== ' ') cursor.fail('expected a blank and a value');
      cursor.move(1);
    } else cursor.skipBlanks();
    const value = readValue(cursor);
    cursor.skipBlanks();
    const end = { from, to: cursor.at };
    if (isOpen && cursor.next === ' ') cursor.move(1);
    let timestamp: number | undefined;
    if (!cursor.isAtEnd && !(isOpen && cursor.next === '#')) {
      const start = cursor.at;
      const word = cursor.word();
      const seconds = isOpen ? readNumber(word) : undefined;
      if (isOpen ? seconds === undefined || !Number.isFinite(seconds) : !isInt64(word))
        cursor.fail(`expected a timestamp, not '${word}'`, start);
      timestamp = seconds === undefined ? Number(word) : seconds * 1000;
      if (isOpen && cursor.next === ' ') cursor.move(1);
    }
    let exemplar: Exemplar | undefined;
    if (isOpen && cursor.next === '#') {
      if (!name.endsWith('_total') && !name.endsWith('_bucket'))
        cursor.fail('only counters and buckets have exemplars');
      exemplar = readExemplar(cursor, line.to);
    }
    if (!cursor.isAtEnd) cursor.fail('the line goes on behind its end', cursor.at, line.to);
    owner.samples.push({
      name,
      labels,
      value,
      ...end,
      ...(timestamp === undefined ? {} : { timestamp }),
      ...(exemplar === undefined ? {} : { exemplar }),
    });
  };

  const readLine = (line: TextRange): void => {
    const cursor = createCursor(text, line.from, line.to, !isOpen);
    if (isEnded) cursor.fail('nothing may stand behind # EOF', line.from, line.to);
    cursor.skipBlanks();
    if (cursor.isAtEnd) {
      if (isOpen) cursor.fail('OpenMetrics has no empty lines');
      return;
    }
    if (cursor.next === '#') readComment(cursor, line);
    else readSample(cursor, line);
  };

  for (let from = 0; from < text.length;) {
    const found = text.indexOf('\n', from);
    const to = found === -1 ? text.length : found;
    try {
      readLine({ from, to });
      if (found === -1 && !(isOpen && isEnded))
        throw new LineError('the last line does not end in a line feed', { from: to, to });
    } catch (error) {
      if (!(error instanceof LineError)) throw error;
      problems.push({ message: error.message, ...error.range });
    }
    from = to + 1;
  }
  if (isOpen && !isEnded) problems.push({ message: '# EOF is missing at the end', from: text.length, to: text.length });
  const families = [...drafts.values()]
    .filter(({ samples, type, help, unit }) => samples.length > 0 || type || help || unit)
    .map(({ isClosed: _, ...family }): Family => family);
  return { format, families, problems };
};

const typeOf = (word: string, isOpen: boolean): FamilyType | undefined => {
  if (isOpen)
    return word === 'unknown' ? 'untyped' : word === 'untyped' ? undefined : FAMILY_TYPES.find((type) => type === word);
  const lower = word.toLowerCase();
  return (['counter', 'gauge', 'histogram', 'summary', 'untyped'] as const).find((type) => type === lower);
};
