import { z } from 'zod';
import { defineFault, parameter } from '../../faults/fault.ts';
import type { Part } from '../../part.ts';
import { stopwatch } from '../../time.ts';

export const BUCKETS = ['priority', 'regular'] as const;
export type Bucket = (typeof BUCKETS)[number];

/** What somebody should see at once; all other types are regular. */
export const URGENT_TYPES = ['UserPromptSubmit', 'Notification', 'Stop', 'SubagentStop', 'SubagentComplete'] as const;
export const REGULAR_TYPES = ['PreToolUse', 'PostToolUse', 'PreCompact', 'SessionStart', 'SessionEnd'] as const;

const URGENT = new Set<string>(URGENT_TYPES);
/** One in so many classifications is checked against the rules. */
const CHECKED = 10;

export interface ClassifierOptions {
  readonly onClassified?: (seconds: number) => void;
  readonly onChecked?: (isCorrect: boolean) => void;
}

export interface Classifier extends Part {
  readonly classify: (type: string) => Bucket;
}

/** The rules, without anything that can go wrong. */
export const bucketOf = (type: string): Bucket => (URGENT.has(type) ? 'priority' : 'regular');

const opposite = (bucket: Bucket): Bucket => (bucket === 'priority' ? 'regular' : 'priority');

/** Sorts events by their type, and has some of its answers checked. */
export const createClassifier = ({ onClassified, onChecked }: ClassifierOptions): Classifier => {
  const knobs = { wrongRatio: 0, slowMilliseconds: 0, slowRatio: 0 };
  let [wrongDue, slowDue, turn] = [0, 0, 0];

  return {
    classify(type) {
      const elapsed = stopwatch();
      let bucket = bucketOf(type);
      wrongDue += knobs.wrongRatio;
      if (wrongDue >= 1) {
        wrongDue -= 1;
        bucket = opposite(bucket);
      }
      slowDue += knobs.slowRatio;
      if (slowDue >= 1) {
        slowDue -= 1;
        while (elapsed() * 1000 < knobs.slowMilliseconds);
      }
      onClassified?.(elapsed());
      turn = (turn + 1) % CHECKED;
      if (turn === 0) onChecked?.(bucket === bucketOf(type));
      return bucket;
    },
    faults: [
      defineFault({
        id: 'classification-wrong',
        sentence: 'A share of the events is put into the other bucket.',
        parameters: { ratio: parameter.ratio(0.11) },
        start({ ratio }) {
          knobs.wrongRatio = ratio;
          return () => void ([knobs.wrongRatio, wrongDue] = [0, 0]);
        },
      }),
      defineFault({
        id: 'classification-slow',
        sentence: 'Classifying a share of the events takes processor time on top.',
        parameters: {
          ms: z.number().min(0).max(100).default(1.5).describe('Milliseconds for one event.'),
          ratio: parameter.ratio(0.08),
        },
        start({ ms, ratio }) {
          [knobs.slowMilliseconds, knobs.slowRatio] = [ms, ratio];
          return () => void ([knobs.slowMilliseconds, knobs.slowRatio, slowDue] = [0, 0, 0]);
        },
      }),
    ],
    stop: () => undefined,
  };
};
