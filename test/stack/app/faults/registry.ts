import { z } from 'zod';
import { issueLines } from '../issues.ts';
import type { Logger } from '../logger.ts';
import type { Fault, StopFault } from './fault.ts';

/** A fault that is on. Times are milliseconds since 1970. */
export interface ActiveFault {
  readonly id: string;
  readonly fault: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly since: number;
  readonly until: number;
}

/** A line of the catalogue: a fault and its parameters as a JSON Schema. */
export interface CatalogueEntry {
  readonly fault: string;
  readonly sentence: string;
  readonly isPlayed: boolean;
  readonly parameters: unknown;
}

export type FaultFailure =
  | { readonly kind: 'unknown'; readonly message: string; readonly known: readonly string[] }
  | { readonly kind: 'parameters'; readonly message: string; readonly parameters: unknown }
  | { readonly kind: 'running'; readonly message: string; readonly active: ActiveFault };

export type Injection = { readonly active: ActiveFault } | { readonly failure: FaultFailure };

export interface FaultRegistry {
  /** @throws when there is one of the same id already. */
  readonly add: (faults: readonly Fault[]) => void;
  readonly catalogue: () => readonly CatalogueEntry[];
  /** Turns a fault on for some seconds; one of a kind at a time. Rejects when the fault itself cannot start. */
  readonly inject: (fault: string, seconds: number, parameters: unknown) => Promise<Injection>;
  readonly active: () => readonly ActiveFault[];
  /** Ends one; false when there is none of this id. Resolves once its effect is gone. */
  readonly end: (id: string) => Promise<boolean>;
  readonly endAll: () => Promise<void>;
}

interface Running {
  readonly active: ActiveFault;
  readonly stop: StopFault;
  readonly timer: NodeJS.Timeout;
}

const schemaOf = (fault: Fault): unknown => {
  const { $schema: _, ...schema } = z.toJSONSchema(fault.parameters, { io: 'input' });
  return schema;
};

export const createFaultRegistry = (log: Logger): FaultRegistry => {
  const faults = new Map<string, Fault>();
  const running = new Map<string, Running>();
  const starting = new Set<string>();
  let last = 0;

  const end = async (id: string): Promise<boolean> => {
    const found = running.get(id);
    if (!found) return false;
    running.delete(id);
    clearTimeout(found.timer);
    try {
      await found.stop();
      log.warn({ fault: found.active.fault, id }, 'fault ended');
    } catch (error) {
      log.error({ fault: found.active.fault, id, err: error }, 'fault did not end cleanly');
    }
    return true;
  };

  const inject: FaultRegistry['inject'] = async (id, seconds, given) => {
    const fault = faults.get(id);
    if (!fault) {
      const known = [...faults.keys()].toSorted();
      return { failure: { kind: 'unknown', message: `there is no fault '${id}'`, known } };
    }
    const parsed = fault.parameters.safeParse(given ?? {});
    if (!parsed.success) {
      const message = issueLines(parsed.error).join('; ');
      return { failure: { kind: 'parameters', message, parameters: schemaOf(fault) } };
    }
    const same = [...running.values()].find(({ active }) => active.fault === id);
    if (same) return { failure: { kind: 'running', message: `'${id}' is on already`, active: same.active } };
    const since = Date.now();
    last += 1;
    const active: ActiveFault = {
      id: `${id}-${last}`,
      fault: id,
      parameters: parsed.data,
      since,
      until: since + seconds * 1000,
    };
    if (starting.has(id)) return { failure: { kind: 'running', message: `'${id}' is starting`, active } };
    starting.add(id);
    try {
      log.warn({ fault: id, id: active.id, seconds, parameters: parsed.data }, 'fault begins');
      const stop = await fault.start(parsed.data);
      const timer = setTimeout(() => void end(active.id), Math.max(0, active.until - Date.now()));
      running.set(active.id, { active, stop, timer });
    } finally {
      starting.delete(id);
    }
    return { active };
  };

  return {
    add: (added) => {
      for (const fault of added) {
        if (faults.has(fault.id)) throw new Error(`two parts have a fault '${fault.id}'`);
        faults.set(fault.id, fault);
      }
    },
    catalogue: () =>
      [...faults.values()]
        .toSorted((a, b) => (a.id < b.id ? -1 : 1))
        .map((fault) => ({
          fault: fault.id,
          sentence: fault.sentence,
          isPlayed: fault.isPlayed,
          parameters: schemaOf(fault),
        })),
    inject,
    active: () => [...running.values()].map(({ active }) => active),
    end,
    endAll: async () => {
      await Promise.all([...running.keys()].map(end));
    },
  };
};
