import { describe, expect, it } from 'vitest';
import { check } from '../../generators/promql/parse.ts';
import type { Target } from '../../generators/promql/versions.ts';
import { compareVersions, isTarget, LATEST, parseVersion } from '../../generators/promql/versions.ts';
import { requireTool } from '../support/tools.ts';
import { readCorpus } from './corpus.ts';
import { createExpressionGenerator, createRandom } from './expression-generator.ts';
import type { Language } from './expression-generator.ts';
import type { PromtoolError } from './promtool.ts';
import { askPromtool, promtoolVersion } from './promtool.ts';

/*
 * Random expressions, valid and broken, judged by the promtool that is there and by us with its version as the target.
 * PROMQL_FUZZ_SEED repeats a run, PROMQL_FUZZ_COUNT makes it longer.
 */

const SEED = Number(process.env['PROMQL_FUZZ_SEED'] ?? Date.now() % 1_000_000);
const COUNT = Number(process.env['PROMQL_FUZZ_COUNT'] ?? 24_000);
/** Which words have changed is a matter of taste, so this part is the same in every run that is told nothing else. */
const MESSAGE_SEED = Number(process.env['PROMQL_FUZZ_SEED'] ?? 1);
/** Expressions per promtool process. */
const BATCH = 6000;

/** Where an older Prometheus judges otherwise than the newest one, besides what its version lacks. */
interface Difference {
  readonly why: string;
  /** The first version without the difference. */
  readonly until: Target;
  readonly matches: (text: string, ours: string | undefined, theirs: string | undefined) => boolean;
}

const VERDICTS: readonly Difference[] = [
  {
    why: 'any letter after a range was read as its colon',
    until: '3.4',
    matches: (_, ours) => ours?.endsWith("expected ':'") === true,
  },
  {
    why: '@ start() and @ end() were let through before a range',
    until: '3.15',
    matches: (_, ours) => ours === 'no @ modifiers allowed before range',
  },
  {
    why: 'a zero offset that a second offset replaces leaves no trace in the tree',
    until: '3.4',
    matches: (text, _, theirs) => theirs === 'duration must be greater than 0' && /offset\s/i.test(text),
  },
  {
    why: 'e in a hexadecimal number was always a digit, now the first one can start an exponent',
    until: '2.54',
    matches: (text) => /0x[0-9a-f]*e/i.test(text),
  },
  {
    why: 'a quotation that does not end (\\Q) swallowed the parenthesis that Prometheus puts around a pattern',
    until: '2.52',
    matches: (text, _, theirs) =>
      theirs?.startsWith('error parsing regexp: missing closing )') === true && text.includes('\\Q'),
  },
  {
    why: 'a pattern of plain text was parsed like any other, so it had to be UTF-8',
    until: '2.52',
    matches: (_, __, theirs) => theirs?.startsWith('error parsing regexp: invalid UTF-8') === true,
  },
  {
    why: '(?<name>...) came to Go with version 1.22',
    until: '2.53',
    matches: (text, _, theirs) => theirs?.startsWith('error parsing regexp') === true && text.includes('(?<'),
  },
];

/** What promtool 2.42 says of what has changed since: nothing to compare there. */
const CHANGED: readonly RegExp[] = [
  // Numbers and durations were scanned by other rules, and arithmetic on durations was none.
  /duration|number|colon|unexpected character: '\.'|<op:.> in subquery/,
  // A duration was no number, so it could not be an argument.
  /^trailing commas/,
  // Names in quotes, and label names with a colon.
  /unexpected (?:string|metric identifier) .* in (?:label matching|grouping opts)/,
  // `@` was printed otherwise, and `</` was two tokens.
  /<op:[@/]>/,
  /^error parsing regexp/,
];

interface Judged {
  readonly text: string;
  readonly ours: string | undefined;
  readonly place: string;
  readonly theirs: PromtoolError | undefined;
  /** Whether it uses something the target does not have. */
  readonly isTooNew: boolean;
}

const lineAndColumn = (text: string, offset: number): string => {
  const before = text.slice(0, offset);
  const column = Buffer.byteLength(before.slice(before.lastIndexOf('\n') + 1)) + 1;
  return `${before.split('\n').length}:${column}`;
};

const makeExpressions = (seed: number, count: number, language: Language): readonly string[] => {
  const random = createRandom(seed);
  const generator = createExpressionGenerator(random, language);
  const isClassic = (text: string): boolean => check(text, { target: { prometheus: '2.42' } }).valid;
  const corpus = language === 'newest' ? readCorpus() : readCorpus().filter(isClassic);
  const texts = [...corpus];
  while (texts.length < count) {
    const roll = random.below(10);
    const text =
      roll < 5 ? generator.expression() : roll < 9 ? generator.mutant() : generator.mutate(random.pick(corpus));
    // promtool reads files: what UTF-8 cannot carry has become U+FFFD on the way.
    const readable = text.replaceAll(/\p{Surrogate}/gu, '\ufffd');
    if (readable !== '') texts.push(readable);
  }
  return texts;
};

const judgeAll = async (promtool: string, target: Target, texts: readonly string[]): Promise<readonly Judged[]> => {
  const judged: Judged[] = [];
  for (let start = 0; start < texts.length; start += BATCH) {
    const batch = texts.slice(start, start + BATCH);
    const verdicts = await askPromtool(promtool, batch);
    batch.forEach((text, i) => {
      const { errors, experimental } = check(text, { target: { prometheus: target } });
      // promtool runs without feature flags, and a flag hides whatever else may be wrong.
      if (experimental.length > 0) return;
      const first = errors[0];
      judged.push({
        text,
        ours: first?.message,
        place: first === undefined ? '' : lineAndColumn(text, first.from),
        theirs: verdicts[i],
        isTooNew: errors.some(({ message }) => message.includes('needs Prometheus')),
      });
    });
  }
  return judged;
};

const isKnown = (target: Target, { text, ours, theirs }: Judged): boolean => {
  const version = parseVersion(target) ?? LATEST;
  return VERDICTS.some(({ until, matches }) => {
    const end = parseVersion(until) ?? LATEST;
    return compareVersions(version, end) < 0 && matches(text, ours, theirs?.message);
  });
};

const versionOf = async (promtool: string): Promise<Target> => {
  const version = await promtoolVersion(promtool);
  if (!isTarget(version)) throw new Error(`promtool has the version ${version}`);
  return version;
};

describe(`promtool agrees (PROMQL_FUZZ_SEED=${SEED})`, () => {
  it(`about which of ${COUNT} expressions are valid`, async () => {
    const promtool = requireTool('promtool');
    const target = await versionOf(promtool);
    const judged = await judgeAll(promtool, target, makeExpressions(SEED, COUNT, 'newest'));
    const disagreements = judged.filter((one) => (one.ours === undefined) !== (one.theirs === undefined));
    const unknown = disagreements.filter((one) => !isKnown(target, one));
    const validCount = judged.filter(({ theirs }) => theirs === undefined).length;
    process.stdout.write(
      `promtool ${target} on ${judged.length} expressions of PROMQL_FUZZ_SEED=${SEED}: ${validCount} valid, ` +
        `${disagreements.length} known differences\n`,
    );
    expect(unknown.slice(0, 10)).toEqual([]);
    // A generator that makes only one sort of expression would prove nothing.
    expect(validCount).toBeGreaterThan(judged.length / 10);
    expect(judged.length - validCount).toBeGreaterThan(judged.length / 10);
  });

  it('in its words and places, where the language has not changed since 2.42', async () => {
    const promtool = requireTool('promtool');
    const target = await versionOf(promtool);
    const judged = await judgeAll(promtool, target, makeExpressions(MESSAGE_SEED, 6000, 'classic'));
    const hasChanged = (message: string): boolean => CHANGED.some((pattern) => pattern.test(message));
    const compared = judged.filter((one) => {
      const { ours, theirs, isTooNew } = one;
      if (ours === undefined || theirs === undefined || isTooNew || isKnown(target, one)) return false;
      return !hasChanged(ours) && !hasChanged(theirs.message);
    });
    const wrong = compared.filter(
      ({ ours, place, theirs }) => ours !== theirs?.message || place !== `${theirs?.line}:${theirs?.column}`,
    );
    expect(wrong.slice(0, 10)).toEqual([]);
    expect(compared.length).toBeGreaterThan(500);
  });
});
