import { z } from 'zod';

/** Ends a fault's effect; what was broken works again once it has resolved. */
export type StopFault = () => Promise<void> | void;

/** Something that can be done to a running part. The registry bounds it in time; `start` only turns it on. */
export interface Fault {
  /** Kebab-case, the same in every system that has it. */
  readonly id: string;
  /** One sentence for the catalogue: what really happens. */
  readonly sentence: string;
  /** Set when a number is only played (the frame rate of a browser, the memory of a host), not brought about. */
  readonly isPlayed: boolean;
  /** A strict object of zod types, each with `.describe()` and mostly with `.default()`. */
  readonly parameters: z.ZodObject;
  /** @throws zod's error when the parameters are wrong. */
  readonly start: (parameters: unknown) => Promise<StopFault> | StopFault;
}

interface FaultInput<Shape extends z.ZodRawShape> {
  readonly id: string;
  readonly sentence: string;
  readonly isPlayed?: boolean;
  readonly parameters: Shape;
  readonly start: (parameters: z.output<z.ZodObject<Shape, z.core.$strict>>) => Promise<StopFault> | StopFault;
}

/** A fault as a value: `defineFault({ id, sentence, parameters: { ms: z.number().default(500) }, start: ({ ms }) => ... })`. */
export const defineFault = <Shape extends z.ZodRawShape>(input: FaultInput<Shape>): Fault => {
  const parameters = z.strictObject(input.parameters);
  return {
    id: input.id,
    sentence: input.sentence,
    isPlayed: input.isPlayed ?? false,
    parameters,
    start: (given) => input.start(parameters.parse(given)),
  };
};

/** The kinds of parameters that many faults have. */
export const parameter = {
  ms: (byDefault: number) => z.number().min(0).max(120_000).default(byDefault).describe('Milliseconds added.'),
  ratio: (byDefault: number) => z.number().min(0).max(1).default(byDefault).describe('Share of all, from 0 to 1.'),
  share: (byDefault: number) => z.number().min(0).max(1).default(byDefault).describe('Share of the limit, 0 to 1.'),
  perSecond: (byDefault: number) => z.number().positive().max(10_000).default(byDefault).describe('How many a second.'),
} as const;
