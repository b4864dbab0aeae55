import { z } from 'zod';
import { issueLines } from './issues.ts';

/** The systems that the app can play, in the order of the definitions. */
export const SYSTEM_IDS = [
  'migrated-components',
  'priority-event-buckets',
  'bizra-node0',
  'contentmax',
  'networx',
] as const;
export type SystemId = (typeof SYSTEM_IDS)[number];

/** What a process is told by its environment. */
export interface Config {
  readonly system: SystemId;
  /** Where the listeners of the jobs are bound; the admin endpoint is always on 127.0.0.1. */
  readonly host: string;
  /** By job; 0 takes a free port. Jobs that are not here get the port of the system's file. */
  readonly ports: Readonly<Record<string, number>>;
  /** Absent: an embedded PostgreSQL (PGlite) in a worker thread. */
  readonly databaseUrl?: string;
  /** Absent: stores and queues in memory. */
  readonly redisUrl?: string;
  readonly adminPort: number;
  /** Absent: there is no admin endpoint. */
  readonly adminToken?: string;
  /** How many browsers or WebSocket clients it plays itself, over real connections to itself. */
  readonly clients: number;
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  /** The most memory the process may take, as its container says, or 3 GiB. */
  readonly memoryLimitBytes: number;
  /** How many processors the process may use, when that is not what its container or the machine says. */
  readonly processors?: number;
}

const GIBIBYTE = 1024 ** 3;
/** More than this is no limit: without one, a control group answers with the size of its own counter. */
const NO_LIMIT = 2 ** 50;

const limitOfContainer = (): number => {
  const limit = process.constrainedMemory() ?? 0;
  return limit > 0 && limit < NO_LIMIT ? Math.min(limit, 3 * GIBIBYTE) : 3 * GIBIBYTE;
};

const port = z.coerce.number().int().min(0).max(65_535);
const url = (protocol: RegExp, example: string) => z.url({ protocol, error: `expected ${example}` });

const ports = z.string().transform((text, context) => {
  const entries: Record<string, number> = {};
  for (const pair of text.split(',').filter((part) => part.trim() !== '')) {
    const [job = '', number = ''] = pair.split('=').map((part) => part.trim());
    const parsed = port.safeParse(number === '' ? undefined : number);
    if (job === '' || !parsed.success) context.addIssue(`'${pair}' is not job=port`);
    else entries[job] = parsed.data;
  }
  return entries;
});

const Environment = z.object({
  SYSTEM: z.enum(SYSTEM_IDS),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORTS: ports.prefault(''),
  DATABASE_URL: url(/^postgres(ql)?$/, 'postgres://user@host:5432/database').optional(),
  REDIS_URL: url(/^rediss?$/, 'redis://host:6379').optional(),
  ADMIN_PORT: port.default(0),
  ADMIN_TOKEN: z.string().min(1).optional(),
  CLIENTS: z.coerce.number().int().min(0).max(1000).default(5),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  MEMORY_LIMIT_BYTES: z.coerce.number().int().positive().optional(),
  PROCESSORS: z.coerce.number().positive().optional(),
});

/**
 * The configuration that an environment describes; empty variables count as absent.
 * @throws Error whose message names every variable that is wrong, one a line.
 */
export const readConfig = (environment: Readonly<Record<string, string | undefined>>): Config => {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const result = Environment.safeParse(given);
  if (!result.success) throw new Error(`the environment is not right\n${issueLines(result.error).join('\n')}`);
  const { data } = result;
  return {
    system: data.SYSTEM,
    host: data.HOST,
    ports: data.PORTS,
    ...(data.DATABASE_URL === undefined ? {} : { databaseUrl: data.DATABASE_URL }),
    ...(data.REDIS_URL === undefined ? {} : { redisUrl: data.REDIS_URL }),
    adminPort: data.ADMIN_PORT,
    ...(data.ADMIN_TOKEN === undefined ? {} : { adminToken: data.ADMIN_TOKEN }),
    clients: data.CLIENTS,
    logLevel: data.LOG_LEVEL,
    memoryLimitBytes: data.MEMORY_LIMIT_BYTES ?? limitOfContainer(),
    ...(data.PROCESSORS === undefined ? {} : { processors: data.PROCESSORS }),
  };
};
