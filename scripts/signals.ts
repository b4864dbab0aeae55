/** The signals that ask a command to end before it is done. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What a command learns of being asked to end. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** What shells expect of a command that a signal ended: 128 and the signal's number. */
  readonly exitCode: () => number;
  /** Leaves signals to what they usually do. */
  readonly stop: () => void;
}

/** Takes signals over, so that a command can end what it started. */
export const listenForSignals = (): Interruption => {
  const end = new AbortController();
  let exitCode = 0;
  const interrupt = (_: NodeJS.Signals, number: number): void => {
    exitCode ||= 128 + number;
    end.abort();
  };
  for (const signal of SIGNALS) process.on(signal, interrupt);
  return {
    signal: end.signal,
    exitCode: () => exitCode,
    stop: () => {
      for (const signal of SIGNALS) process.off(signal, interrupt);
    },
  };
};
