/**
 * The functions of PromQL with their signatures, and the Prometheus version each appeared in.
 *
 * Sources: the function tables of the Prometheus releases 2.35 to 3.15, compared one with the next, and the changelog.
 * `since: '2.0'` means: older than the oldest release compared.
 */
import type { ValueType } from './ast.ts';

/** One function of PromQL. */
export interface FunctionInfo {
  readonly name: string;
  /** Types of the arguments; the last one repeats in a variadic function. */
  readonly args: readonly ValueType[];
  /** 0: exactly `args`. n > 0: the last argument is optional and up to n may stand there. -1: any number may. */
  readonly variadic: number;
  readonly returns: ValueType;
  /** Needs `--enable-feature` on the newest Prometheus. */
  readonly experimental: boolean;
  /** The first Prometheus version that has it, as `major.minor`. */
  readonly since: string;
  /** The last version that has it, for a function that was removed or renamed, and its new name. */
  readonly until?: string;
  readonly renamedTo?: string;
  /** The version from which it needs no feature flag any more. */
  readonly stableSince?: string;
}

/** The feature flag that enables experimental functions and aggregations (Prometheus 2.49 and later). */
export const EXPERIMENTAL_FUNCTIONS_FLAG = 'promql-experimental-functions';

const EVERY_VERSION = '2.0';

type Extra = Partial<Pick<FunctionInfo, 'variadic' | 'experimental' | 'since' | 'until' | 'renamedTo' | 'stableSince'>>;

function define(names: string, args: readonly ValueType[], returns: ValueType, extra: Extra = {}): FunctionInfo[] {
  return names.split(' ').map((name) => ({
    name,
    args,
    variadic: 0,
    returns,
    experimental: false,
    since: EVERY_VERSION,
    ...extra,
  }));
}

const EXPERIMENTAL = { experimental: true } as const;

const ALL: readonly FunctionInfo[] = [
  // One instant vector in, one out.
  ...define(
    'abs absent acos acosh asin asinh atan atanh ceil cos cosh deg exp floor ln log10 log2 rad sgn sin sinh sort sort_desc sqrt tan tanh timestamp',
    ['vector'],
    'vector',
  ),
  ...define('histogram_count histogram_sum', ['vector'], 'vector', { since: '2.40' }),
  ...define('histogram_stddev histogram_stdvar', ['vector'], 'vector', { since: '2.47' }),
  ...define('histogram_avg', ['vector'], 'vector', { since: '2.51' }),
  ...define('start_timestamp', ['vector'], 'vector', { ...EXPERIMENTAL, since: '3.14' }),

  // Parts of a timestamp; of the evaluation time when there is no argument.
  ...define('day_of_month day_of_week days_in_month hour minute month year', ['vector'], 'vector', { variadic: 1 }),
  ...define('day_of_year', ['vector'], 'vector', { variadic: 1, since: '2.36' }),

  // One range vector in, one instant vector out.
  ...define(
    'absent_over_time avg_over_time changes count_over_time delta deriv idelta increase irate last_over_time max_over_time min_over_time present_over_time rate resets stddev_over_time stdvar_over_time sum_over_time',
    ['matrix'],
    'vector',
  ),
  ...define('mad_over_time', ['matrix'], 'vector', { ...EXPERIMENTAL, since: '2.49' }),
  ...define('ts_of_last_over_time ts_of_max_over_time ts_of_min_over_time', ['matrix'], 'vector', {
    ...EXPERIMENTAL,
    since: '3.5',
  }),
  ...define('first_over_time', ['matrix'], 'vector', { since: '3.7', stableSince: '3.14' }),
  ...define('ts_of_first_over_time', ['matrix'], 'vector', { ...EXPERIMENTAL, since: '3.7' }),

  // With numbers.
  ...define('clamp', ['vector', 'scalar', 'scalar'], 'vector'),
  ...define('clamp_max clamp_min', ['vector', 'scalar'], 'vector'),
  ...define('round', ['vector', 'scalar'], 'vector', { variadic: 1 }),
  ...define('histogram_quantile', ['scalar', 'vector'], 'vector'),
  ...define('histogram_fraction', ['scalar', 'scalar', 'vector'], 'vector', { since: '2.40' }),
  ...define('quantile_over_time', ['scalar', 'matrix'], 'vector'),
  ...define('predict_linear', ['matrix', 'scalar'], 'vector'),
  ...define('holt_winters', ['matrix', 'scalar', 'scalar'], 'vector', {
    until: '2.55',
    renamedTo: 'double_exponential_smoothing',
  }),
  ...define('double_exponential_smoothing', ['matrix', 'scalar', 'scalar'], 'vector', {
    ...EXPERIMENTAL,
    since: '3.0',
  }),
  ...define('histogram_quantiles', ['vector', 'string', 'scalar', 'scalar'], 'vector', {
    ...EXPERIMENTAL,
    variadic: 9,
    since: '3.11',
  }),

  // With labels.
  ...define('label_replace', ['vector', 'string', 'string', 'string', 'string'], 'vector'),
  ...define('label_join', ['vector', 'string', 'string', 'string'], 'vector', { variadic: -1 }),
  ...define('sort_by_label sort_by_label_desc', ['vector', 'string'], 'vector', {
    ...EXPERIMENTAL,
    variadic: -1,
    since: '2.49',
  }),
  ...define('info', ['vector', 'vector'], 'vector', { ...EXPERIMENTAL, variadic: 1, since: '2.55' }),

  // Between scalars and vectors.
  ...define('scalar', ['vector'], 'scalar'),
  ...define('vector', ['scalar'], 'vector'),
  ...define('pi time', [], 'scalar'),
  ...define('start end step range', [], 'scalar', { ...EXPERIMENTAL, since: '3.12' }),
  ...define('max_of min_of', ['scalar', 'scalar'], 'scalar', { ...EXPERIMENTAL, since: '3.13' }),
];

/** Every function that any known Prometheus version has, by name. */
export const ALL_FUNCTIONS: ReadonlyMap<string, FunctionInfo> = new Map(ALL.map((info) => [info.name, info]));

/** The functions of the newest Prometheus, by name. */
export const FUNCTIONS: ReadonlyMap<string, FunctionInfo> = new Map(
  ALL.filter((info) => info.until === undefined).map((info) => [info.name, info]),
);
