import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { UsageError } from '../generators/diagnostics/errors.ts';
import type { ScrapedText } from '../generators/exposition/compare.ts';
import type { ExpositionFormat } from '../generators/exposition/exposition.ts';
import { parseExposition } from '../generators/exposition/parse.ts';
import type { Job, Model, System } from '../generators/model/model.ts';
import { didYouMean } from './command.ts';
import type { Io } from './io.ts';
import { mustHaveSystem } from './project.ts';

/** What Prometheus asks for, without its protobuf format. */
const ACCEPT = 'application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';

/** No honest exposition is larger, in bytes. */
const LARGEST = 64 * 1024 * 1024;

/** A job with the system it belongs to. */
export interface OwnedJob {
  readonly system: System;
  readonly job: Job;
}

/** One thing to read: where, and whose it is. */
export interface ScrapeTarget extends OwnedJob {
  /** A URL, the name of a file, or `-` for standard input. */
  readonly place: string;
}

/** What was read, or why it could not be. */
export type Scrape = { readonly scraped: ScrapedText } | { readonly problem: string };

/** Whether it is an address rather than a file. */
export const isUrl = (place: string): boolean => /^https?:\/\//.test(place);

/** A place with the job it belongs to: `shop=http://127.0.0.1:8080/metrics`. */
const NAMED_PLACE = /^([\w.-]+)=(.+)$/;

const jobsOf = (model: Model): readonly OwnedJob[] =>
  model.systems.flatMap((system) => system.jobs.map((job) => ({ system, job })));

const list = (jobs: readonly OwnedJob[]): string =>
  jobs
    .map(({ system, job }) => `  ${job.id} (${system.id}): ${Object.values(job.targets).flat().join(', ')}`)
    .join('\n');

/** The job of that name. @throws UsageError with the jobs there are. */
const jobNamed = (model: Model, name: string): OwnedJob => {
  const jobs = jobsOf(model);
  const found = jobs.find(({ job }) => job.id === name);
  if (found) return found;
  const near = didYouMean(
    name,
    jobs.map(({ job }) => job.id),
  );
  throw new UsageError(`there is no job "${name}"${near}\nThe jobs are:\n${list(jobs)}`);
};

/** An address. @throws UsageError when it is none. */
const parseUrl = (place: string): URL => {
  if (!URL.canParse(place)) throw new UsageError(`${place} is no address`);
  return new URL(place);
};

/** The address with the job's path, where it has none of its own. */
const withPath = (place: string, { path }: Job): string => {
  const { origin, pathname, search } = parseUrl(place);
  return pathname === '/' ? `${origin}${path}${search}` : place;
};

/** The job one of whose targets is the address of the URL; all of them when it has no path. @throws UsageError with the jobs there are. */
const jobsAt = (model: Model, { protocol, hostname, port, pathname }: URL): readonly OwnedJob[] => {
  const jobs = jobsOf(model);
  const host = `${hostname === 'localhost' ? '127.0.0.1' : hostname}:${port || (protocol === 'https:' ? 443 : 80)}`;
  const here = jobs.filter(({ job }) => Object.values(job.targets).flat().includes(host));
  if (here.length === 1) return here;
  const exact = here.filter(({ job }) => job.path === pathname);
  if (exact.length === 1) return exact;
  const paths = new Set(here.map(({ job }) => job.path));
  if (pathname === '/' && here.length > 0 && paths.size === here.length) return here;
  throw new UsageError(
    `${here.length > 1 ? 'several jobs have' : 'no job has'} the target ${host}; name the job with --job JOB\nThe jobs are:\n${list(jobs)}`,
  );
};

/** What is to be read: the places that are named, or every target of an environment. @throws UsageError for what is not there. */
export const findTargets = (
  model: Model,
  options: {
    readonly metrics: readonly string[];
    readonly job: string | undefined;
    readonly system: string | undefined;
    readonly environment: string | undefined;
  },
): readonly ScrapeTarget[] => {
  const { metrics, system, environment } = options;
  const named = options.job === undefined ? undefined : jobNamed(model, options.job);
  mustHaveSystem(model, system);
  const fromPlaces = metrics.flatMap((text): readonly ScrapeTarget[] => {
    const [, owner, rest] = NAMED_PLACE.exec(text) ?? [];
    const place = rest ?? text;
    const one = owner === undefined ? named : jobNamed(model, owner);
    if (isUrl(place))
      return (one ? [one] : jobsAt(model, parseUrl(place))).map((job) => ({ ...job, place: withPath(place, job.job) }));
    if (one) return [{ ...one, place }];
    throw new UsageError(
      `whose metrics are in ${place}? Name the job with --job JOB\nThe jobs are:\n${list(jobsOf(model))}`,
    );
  });
  if (environment === undefined) return fromPlaces;
  const environments = model.project.environments.map(({ id }) => id);
  if (!environments.includes(environment))
    throw new UsageError(
      `there is no environment "${environment}"${didYouMean(environment, environments)}; there are ${environments.join(', ')}`,
    );
  const fromEnvironment = jobsOf(model)
    .filter(
      (one) => (system === undefined || one.system.id === system) && (named === undefined || one.job === named.job),
    )
    .flatMap((one) =>
      (one.job.targets[environment] ?? []).map((target) => ({
        ...one,
        place: `${one.job.scheme}://${target}${one.job.path}`,
      })),
    );
  return [...fromPlaces, ...fromEnvironment];
};

const reasonOf = (error: unknown, timeout: number): string => {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no complete answer within ${timeout / 1000} s`;
  const { cause } = error;
  if (cause instanceof AggregateError) return (cause.errors[0] as Error | undefined)?.message ?? cause.message;
  return cause instanceof Error ? cause.message : error.message;
};

const decode = (bytes: Uint8Array): string | undefined => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
};

const asText = (name: string, text: string, format: ExpositionFormat): Scrape => ({
  scraped: { name, text, exposition: parseExposition(text, format) },
});

/** A file says by its last line which format it has. */
const formatOf = (text: string): ExpositionFormat => (/(?:^|\n)# EOF\n?$/.test(text) ? 'openmetrics' : 'text');

const scrapeUrl = async (url: string, timeout: number): Promise<Scrape> => {
  try {
    const response = await fetch(url, {
      headers: {
        accept: ACCEPT,
        'user-agent': 'tocsin-verify',
        'x-prometheus-scrape-timeout-seconds': String(timeout / 1000),
      },
      signal: AbortSignal.timeout(timeout),
    });
    if (response.status !== 200) return { problem: `it answers ${response.status} ${response.statusText}`.trimEnd() };
    const type = response.headers.get('content-type') ?? '';
    if (/^\s*(?:text\/html|application\/json)/.test(type))
      return { problem: `it answers with ${type}, which is no exposition` };
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (bytes.length > LARGEST) return { problem: `the answer has ${bytes.length} bytes` };
    const text = decode(bytes);
    if (text === undefined) return { problem: 'the answer is not UTF-8' };
    return asText(url, text, type.includes('application/openmetrics-text') ? 'openmetrics' : 'text');
  } catch (error) {
    return { problem: reasonOf(error, timeout) };
  }
};

/** Reads a place once, as Prometheus would: within the timeout of the job. @throws UsageError for a file that cannot be read. */
export const scrape = async ({ place, job }: ScrapeTarget, io: Io): Promise<Scrape> => {
  if (isUrl(place)) return scrapeUrl(place, job.timeout);
  if (place === '-') {
    let text = '';
    for await (const chunk of io.stdin) text += chunk;
    return asText('standard input', text, formatOf(text));
  }
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(resolve(io.cwd, place));
  } catch (error) {
    throw new UsageError(`${place} cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
  const text = decode(bytes);
  return text === undefined ? { problem: 'it is not UTF-8' } : asText(place, text, formatOf(text));
};
