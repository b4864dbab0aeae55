import fc from 'fast-check';
import { NO_SPAN } from '../../generators/promql/ast.ts';
import type {
  Aggregate,
  AggregateOp,
  ArithmeticOp,
  AtModifier,
  Binary,
  Call,
  ComparisonOp,
  Duration,
  DurationExpression,
  DurationLiteral,
  Expr,
  Grouping,
  LabelMatcher,
  LabelName,
  MatrixSelector,
  NumberLiteral,
  Paren,
  SetOp,
  StringLiteral,
  Subquery,
  TrimOp,
  Unary,
  ValueType,
  VectorMatching,
  VectorSelector,
} from '../../generators/promql/ast.ts';
import { transform } from '../../generators/promql/walk.ts';

/*
 * Arbitrary PromQL trees for property tests and differential fuzzing: every kind of node, every operator, names and
 * strings of every sort. The trees are well-typed, so their printed form is valid PromQL with every feature flag on.
 * They hold parentheses here and there but not where precedence needs them: compare what was printed and parsed back
 * with `stripParens` on both sides.
 */

/** What may occur in a generated tree. */
export interface TreeOptions {
  /** Syntax and functions behind a feature flag: duration arithmetic, anchored, fill, limitk, info ... Default true. */
  readonly experimental?: boolean;
  /** Names that have to be quoted, which Prometheus takes since 3.0. Default true. */
  readonly utf8Names?: boolean;
  /** How deep operators, functions and parentheses nest. Default 5. */
  readonly maxDepth?: number;
}

/** Generators of every kind of node; `expr` yields any of them that can stand alone as a query. */
export interface Arbitraries {
  readonly metricName: fc.Arbitrary<string>;
  readonly labelName: fc.Arbitrary<string>;
  readonly text: fc.Arbitrary<string>;
  readonly pattern: fc.Arbitrary<string>;
  readonly matcher: fc.Arbitrary<LabelMatcher>;
  readonly duration: fc.Arbitrary<DurationLiteral>;
  readonly durationExpression: fc.Arbitrary<DurationExpression>;
  readonly at: fc.Arbitrary<AtModifier>;
  readonly number: fc.Arbitrary<NumberLiteral>;
  readonly string: fc.Arbitrary<StringLiteral>;
  readonly vectorSelector: fc.Arbitrary<VectorSelector>;
  readonly matrixSelector: fc.Arbitrary<MatrixSelector>;
  readonly subquery: fc.Arbitrary<Subquery>;
  readonly aggregate: fc.Arbitrary<Aggregate>;
  readonly call: fc.Arbitrary<Call>;
  readonly binary: fc.Arbitrary<Binary>;
  readonly unary: fc.Arbitrary<Unary>;
  readonly paren: fc.Arbitrary<Paren>;
  /** Expressions by the type of their value. */
  readonly ofType: Readonly<Record<ValueType, fc.Arbitrary<Expr>>>;
  readonly expr: fc.Arbitrary<Expr>;
}

/** Every parenthesis removed, in durations too. */
export function stripParens(root: Expr): Expr {
  return transform(root, (expr) => {
    switch (expr.kind) {
      case 'paren':
        return expr.expr;
      case 'vector':
        return expr.offset === undefined ? expr : { ...expr, offset: stripDuration(expr.offset) };
      case 'matrix':
        return { ...expr, range: stripDuration(expr.range) };
      case 'subquery':
        return {
          ...expr,
          range: stripDuration(expr.range),
          ...(expr.step && { step: stripDuration(expr.step) }),
          ...(expr.offset && { offset: stripDuration(expr.offset) }),
        };
      default:
        return expr;
    }
  });
}

function stripDuration(duration: Duration): Duration {
  if (duration.kind === 'duration') return duration;
  const operands = duration.operands.map(stripDuration);
  const [operand] = operands;
  return duration.op === 'paren' && operand !== undefined ? operand : { ...duration, operands };
}

/** Prometheus refuses the colon of a subquery unless a number stands before it: `[step():1m]` is an error there. */
function hasLiteral(duration: Duration): boolean {
  return duration.kind === 'duration' || duration.operands.some(hasLiteral);
}

const span = NO_SPAN;

const ARITHMETIC: readonly ArithmeticOp[] = ['+', '-', '*', '/', '%', '^', 'atan2'];
const COMPARISON: readonly ComparisonOp[] = ['==', '!=', '>', '<', '>=', '<='];
const SET: readonly SetOp[] = ['and', 'or', 'unless'];
const TRIM: readonly TrimOp[] = ['</', '>/'];

const AGGREGATES: readonly AggregateOp[] = ['sum', 'avg', 'min', 'max', 'count', 'group', 'stddev', 'stdvar'];
const SCALAR_AGGREGATES: readonly AggregateOp[] = ['topk', 'bottomk', 'quantile'];
const EXPERIMENTAL_AGGREGATES: readonly AggregateOp[] = ['limitk', 'limit_ratio'];

/** Words with a meaning in PromQL that are metric and label names all the same. */
const KEYWORD_METRICS = [
  'sum',
  'Count_Values',
  'by',
  'without',
  'and',
  'OR',
  'unless',
  'offset',
  'start',
  'end',
  'step',
  'range',
  'min_of',
  'max_of',
  'fill',
  'fill_left',
  'anchored',
  'smoothed',
  'limitk',
  'limit_ratio',
];
const KEYWORD_LABELS = [
  ...KEYWORD_METRICS.filter((word) => word !== 'without'),
  'on',
  'BOOL',
  'ignoring',
  'group_left',
  'atan2',
];
/** Words that need quotes as a metric name. */
const QUOTED_METRICS = ['bool', 'On', 'ignoring', 'group_left', 'group_right', 'atan2', 'inf', 'NaN'];
const QUOTED_LABELS = ['without', 'Inf', 'nan', 'a:b'];

const TYPE_LETTERS = { s: 'scalar', v: 'vector', m: 'matrix', t: 'string' } as const;
type TypeLetter = keyof typeof TYPE_LETTERS;

/** Functions by their argument types: s scalar, v vector, m matrix, t string; a type in brackets may be left out. */
const VECTOR_FUNCTIONS: Readonly<Record<string, string>> = {
  abs: 'v',
  absent: 'v',
  absent_over_time: 'm',
  avg_over_time: 'm',
  ceil: 'v',
  changes: 'm',
  clamp: 'vss',
  clamp_max: 'vs',
  day_of_month: '[v]',
  delta: 'm',
  deriv: 'm',
  first_over_time: 'm',
  histogram_avg: 'v',
  histogram_fraction: 'ssv',
  histogram_quantile: 'sv',
  hour: '[v]',
  increase: 'm',
  irate: 'm',
  label_join: 'vtt[t][t]',
  label_replace: 'vtttt',
  last_over_time: 'm',
  ln: 'v',
  max_over_time: 'm',
  predict_linear: 'ms',
  present_over_time: 'm',
  quantile_over_time: 'sm',
  rate: 'm',
  round: 'v[s]',
  sgn: 'v',
  sort_desc: 'v',
  sum_over_time: 'm',
  timestamp: 'v',
  vector: 's',
  year: '[v]',
};
const EXPERIMENTAL_VECTOR_FUNCTIONS: Readonly<Record<string, string>> = {
  double_exponential_smoothing: 'mss',
  histogram_quantiles: 'vts[s][s]',
  mad_over_time: 'm',
  sort_by_label: 'v[t][t]',
  ts_of_max_over_time: 'm',
};
const SCALAR_FUNCTIONS: Readonly<Record<string, string>> = { pi: '', scalar: 'v', time: '' };
const EXPERIMENTAL_SCALAR_FUNCTIONS: Readonly<Record<string, string>> = {
  end: '',
  max_of: 'ss',
  min_of: 'ss',
  range: '',
  start: '',
  step: '',
};

const DURATIONS_MS = [1, 250, 1000, 15_000, 300_000, 5_400_000, 86_400_000, 604_800_000, 31_536_000_000, 90_061_001];
const NUMBERS = [0, -0, 1, -1, 0.5, 1e3, 1e21, 1e-7, 123456789.125, 2 ** 53, 5e-324, Infinity, -Infinity, NaN];

/** Characters that strings and quoted names are made of: plain ones, and those that printers and parsers trip over. */
const CHARACTERS = [
  'abzAZ09_:.-/ ',
  '"\'`\\{}()[],=~!#@$|*+?^%',
  '\n\r\t\0\u0007\u001b\u007f\u0085\u00a0\u00ad',
  'éßλ中\u0301\u200b\u200f\u2028\u202e\ufeff\ufffd\uffff',
  '😀𝒳\u{e0041}\u{10ffff}',
]
  .flatMap((characters) => [...characters])
  .concat('\\n', '\\x', '\\u00e9', '$1', '5xx');

/** The generators for trees with or without newer syntax. */
export function promqlArbitraries(options: TreeOptions = {}): Arbitraries {
  const { experimental = true, utf8Names = true, maxDepth = 5 } = options;

  const text = fc.oneof(
    fc.string({ unit: fc.constantFrom(...CHARACTERS), maxLength: 8 }),
    fc.constantFrom('', 'api', '5..', '/var/lib', 'a"b', '\\d+', 'line\nbreak'),
  );
  const quotedName = text.filter((name) => name !== '');
  const letter = fc.constantFrom(...'abcxyzABC_');
  const letters = fc.string({ unit: fc.constantFrom(...'abcxyz019_'), maxLength: 6 });
  const classicLabel = fc.oneof(
    fc.constantFrom('job', 'instance', 'le', 'code', '__name__x'),
    fc.constantFrom(...KEYWORD_LABELS),
    fc.tuple(letter, letters).map((parts) => parts.join('')),
  );
  const labelName = utf8Names
    ? fc.oneof({ weight: 4, arbitrary: classicLabel }, quotedName, fc.constantFrom(...QUOTED_LABELS))
    : classicLabel;
  // Not in the rules of names: a plain word that happens to be reserved.
  const isFree = (name: string): boolean => !QUOTED_METRICS.some((word) => word.toLowerCase() === name.toLowerCase());
  const classicMetric = fc
    .oneof(
      fc.constantFrom('up', 'http_requests_total', 'job:http_requests:rate5m', ':x', '_y', 'node_cpu_seconds_total'),
      fc.constantFrom(...KEYWORD_METRICS),
      fc.tuple(letter, letters, fc.constantFrom('', ':sum'), letters).map((parts) => parts.join('')),
    )
    .filter(isFree);
  const utf8Metric = fc.oneof(quotedName, fc.constantFrom(...QUOTED_METRICS));

  const pattern = fc
    .array(
      fc.constantFrom(
        'a',
        'foo',
        '.',
        '.*',
        '.+',
        '5..',
        'a|b',
        '(x|y)',
        '[a-z]+',
        '\\d',
        '\\.',
        'a{2,3}',
        '(?i)b',
        '(?P<n>c)',
        '\\pL',
        '"',
        '/',
        'é',
        '😀',
        '[[:alpha:]]',
        '$',
        '^',
      ),
      { maxLength: 4 },
    )
    .map((parts) => parts.join(''));

  const matcherOn = (name: fc.Arbitrary<string>): fc.Arbitrary<LabelMatcher> =>
    fc.oneof(
      fc.record({
        kind: fc.constant('matcher' as const),
        name,
        op: fc.constantFrom('=' as const, '!=' as const),
        value: text,
        span: fc.constant(span),
      }),
      fc.record({
        kind: fc.constant('matcher' as const),
        name,
        op: fc.constantFrom('=~' as const, '!~' as const),
        value: pattern,
        span: fc.constant(span),
      }),
    );
  const matcher = matcherOn(labelName.filter((name) => name !== '__name__'));
  const quotedMetric = utf8Metric.map((value): LabelMatcher => ({
    kind: 'matcher',
    name: '__name__',
    op: '=',
    value,
    quotedName: true,
    span,
  }));
  const surelyNotEmpty: fc.Arbitrary<LabelMatcher> = fc.oneof(
    fc.constant<LabelMatcher>({ kind: 'matcher', name: '__name__', op: '=~', value: 'node_.+', span }),
    fc.constant<LabelMatcher>({ kind: 'matcher', name: 'job', op: '!=', value: '', span }),
    classicLabel.map((name): LabelMatcher => ({ kind: 'matcher', name, op: '=', value: 'x', span })),
    ...(utf8Names ? [quotedMetric] : []),
  );

  const duration: fc.Arbitrary<DurationLiteral> = fc
    .oneof(fc.constantFrom(...DURATIONS_MS), fc.integer({ min: 1, max: 9_000_000_000_000 }))
    .map((ms) => ({ kind: 'duration', ms, span }));
  const { durationExpression } = fc.letrec<{ durationExpression: DurationExpression; operand: Duration }>((tie) => ({
    operand: fc.oneof(
      { maxDepth: 3, depthSize: 'small', depthIdentifier: 'duration' },
      duration,
      tie('durationExpression'),
    ),
    durationExpression: fc.oneof(
      { maxDepth: 3, depthSize: 'small', depthIdentifier: 'duration' },
      fc.constantFrom('step' as const, 'range' as const).map((op) => durationNode(op, [])),
      fc
        .tuple(
          fc.constantFrom(
            '+' as const,
            '-' as const,
            '*' as const,
            '/' as const,
            '%' as const,
            '^' as const,
            'min' as const,
            'max' as const,
          ),
          tie('operand'),
          tie('operand'),
        )
        .map(([op, left, right]) => durationNode(op, [left, right])),
      tie('durationExpression').map((operand) => durationNode('-', [operand])),
      tie('operand').map((operand) => durationNode('paren', [operand])),
    ),
  }));
  const positive: fc.Arbitrary<Duration> = experimental
    ? fc.oneof({ weight: 4, arbitrary: duration }, durationExpression)
    : duration;
  const shift: fc.Arbitrary<Duration> = fc.oneof(
    positive,
    duration.map(({ ms }): DurationLiteral => ({ kind: 'duration', ms: -ms, span })),
    fc.constant<DurationLiteral>({ kind: 'duration', ms: 0, span }),
  );

  const at: fc.Arbitrary<AtModifier> = fc.oneof(
    fc.constantFrom('start' as const, 'end' as const).map((edge): AtModifier => ({ kind: 'at', at: edge, span })),
    fc
      .oneof(fc.constantFrom(0, 1, -1500, 1_603_774_568_123), fc.integer({ min: -(2 ** 43), max: 2 ** 43 }))
      .map((ms): AtModifier => ({ kind: 'at', at: 'timestamp', ms, span })),
  );
  const modifiers = fc.record(
    {
      at,
      offset: shift,
      ...(experimental && { extended: fc.constantFrom('anchored' as const, 'smoothed' as const) }),
    },
    { requiredKeys: [] },
  );
  const times = fc.record({ at, offset: shift }, { requiredKeys: [] });

  const number: fc.Arbitrary<NumberLiteral> = fc.oneof(
    fc
      .oneof(fc.constantFrom(...NUMBERS), fc.integer(), fc.double())
      .map((value): NumberLiteral => ({ kind: 'number', value, span })),
    duration.map(({ ms }): NumberLiteral => ({ kind: 'number', value: ms / 1000, duration: true, span })),
  );
  const string: fc.Arbitrary<StringLiteral> = text.map((value) => ({ kind: 'string', value, span }));

  const bareSelector: fc.Arbitrary<VectorSelector> = fc.oneof(
    fc.record({
      kind: fc.constant('vector' as const),
      name: classicMetric,
      matchers: fc.array(matcher, { maxLength: 3 }),
      span: fc.constant(span),
    }),
    fc
      .tuple(
        fc.array(matcher, { maxLength: 2 }),
        surelyNotEmpty,
        fc.array(matcherOn(fc.constant('__name__')), { maxLength: 1 }),
      )
      .map(([before, one, after]): VectorSelector => ({ kind: 'vector', matchers: [...before, one, ...after], span })),
  );
  const vectorSelector = fc
    .tuple(bareSelector, modifiers)
    .map(([one, extra]): VectorSelector => ({ ...one, ...extra }));
  const matrixSelector = fc
    .tuple(vectorSelector, positive)
    .map(([selector, range]): MatrixSelector => ({ kind: 'matrix', selector, range, span }));

  const labels = fc.array(labelName, { maxLength: 3 }).map((names) => names.map(labelNode));
  const grouping: fc.Arbitrary<Grouping> = fc.record({
    mode: fc.constantFrom('by' as const, 'without' as const),
    labels,
    span: fc.constant(span),
  });
  const on = fc.record({ mode: fc.constantFrom('on' as const, 'ignoring' as const), labels, span: fc.constant(span) });
  const group = fc.record({
    side: fc.constantFrom('left' as const, 'right' as const),
    include: labels,
    span: fc.constant(span),
  });
  const fillNumber = fc.constantFrom(0, 1, -1.5, Infinity, 300);
  const fill = fc
    .record({ left: fillNumber, right: fillNumber, span: fc.constant(span) }, { requiredKeys: ['span'] })
    .filter(({ left, right }) => left !== undefined || right !== undefined);
  const matching: fc.Arbitrary<VectorMatching> = fc
    .tuple(
      fc.option(on, { nil: undefined }),
      fc.option(group, { nil: undefined }),
      fc.option(fill, { nil: undefined, freq: 3 }),
    )
    .map(([onClause, groupClause, fillClause]) => ({
      ...(onClause && { on: onClause }),
      ...(onClause && groupClause && { group: withoutClash(groupClause, onClause) }),
      ...(experimental && fillClause && { fill: fillClause }),
    }));
  const setMatching: fc.Arbitrary<VectorMatching> = fc
    .option(on, { nil: undefined })
    .map((onClause) => (onClause === undefined ? {} : { on: onClause }));

  interface Typed {
    scalar: Expr;
    vector: Expr;
    matrix: Expr;
    string: Expr;
    aggregate: Aggregate;
    subquery: Subquery;
    scalarCall: Call;
    vectorCall: Call;
    scalarBinary: Binary;
    vectorBinary: Binary;
  }
  const depth = { maxDepth, depthSize: 'small', depthIdentifier: 'promql' } as const;
  const trees = fc.letrec<Typed>((tie: fc.LetrecTypedTie<Typed>): fc.LetrecValue<Typed> => {
    const argument = (type: TypeLetter): fc.Arbitrary<Expr> => tie(TYPE_LETTERS[type]);
    const callOf = (functions: Readonly<Record<string, string>>): fc.Arbitrary<Call> =>
      fc
        .constantFrom(...Object.entries(functions))
        .chain(([func, signature]) =>
          fc
            .tuple(
              ...[...signature.matchAll(/\[?([svmt])(\])?/g)].map(([, type, optional]) =>
                argumentOf(argument(type as TypeLetter), optional !== undefined),
              ),
            )
            .map((args) => callNode(func, untilMissing(args))),
        );
    const info = fc
      .tuple(tie('vector'), fc.array(matcher, { maxLength: 2 }))
      .map(([vector, matchers]) => callNode('info', [vector, { kind: 'vector', matchers, span }]));
    const oneSided = fc.oneof(fc.tuple(tie('vector'), tie('scalar')), fc.tuple(tie('scalar'), tie('vector')));
    return {
      scalar: fc.oneof(
        depth,
        number,
        number,
        tie('scalarBinary'),
        tie('scalarCall'),
        fc.tuple(fc.constantFrom('+' as const, '-' as const), tie('scalar')).map(unaryNode),
        tie('scalar').map(parenNode),
      ),
      vector: fc.oneof(
        depth,
        { weight: 3, arbitrary: vectorSelector },
        { weight: 2, arbitrary: tie('vectorBinary') },
        { weight: 2, arbitrary: tie('aggregate') },
        { weight: 2, arbitrary: tie('vectorCall') },
        fc.tuple(fc.constantFrom('+' as const, '-' as const), tie('vector')).map(unaryNode),
        tie('vector').map(parenNode),
      ),
      matrix: fc.oneof(depth, { weight: 3, arbitrary: matrixSelector }, tie('subquery'), tie('matrix').map(parenNode)),
      string: fc.oneof(depth, { weight: 5, arbitrary: string }, tie('string').map(parenNode)),
      subquery: fc
        .tuple(tie('vector'), positive.filter(hasLiteral), fc.option(positive, { nil: undefined }), times)
        .map(([expr, range, step, extra]): Subquery => ({
          kind: 'subquery',
          expr,
          range,
          ...(step && { step }),
          ...extra,
          span,
        })),
      aggregate: fc
        .tuple(
          fc.oneof(
            fc.record({ op: fc.constantFrom(...AGGREGATES) }),
            fc.record({
              op: fc.constantFrom(...SCALAR_AGGREGATES, ...(experimental ? EXPERIMENTAL_AGGREGATES : [])),
              param: tie('scalar'),
            }),
            fc.record({ op: fc.constant<AggregateOp>('count_values'), param: tie('string') }),
          ),
          tie('vector'),
          fc.option(grouping, { nil: undefined }),
        )
        .map(([head, expr, clause]): Aggregate => ({
          kind: 'aggregate',
          ...head,
          expr,
          ...(clause && { grouping: clause }),
          span,
        })),
      scalarCall: callOf({ ...SCALAR_FUNCTIONS, ...(experimental && EXPERIMENTAL_SCALAR_FUNCTIONS) }),
      vectorCall: experimental
        ? fc.oneof({ weight: 9, arbitrary: callOf({ ...VECTOR_FUNCTIONS, ...EXPERIMENTAL_VECTOR_FUNCTIONS }) }, info)
        : callOf(VECTOR_FUNCTIONS),
      scalarBinary: fc.oneof(
        fc
          .tuple(fc.constantFrom(...ARITHMETIC), tie('scalar'), tie('scalar'))
          .map(([op, left, right]) => binaryNode(op, left, right)),
        fc
          .tuple(fc.constantFrom(...COMPARISON), tie('scalar'), tie('scalar'))
          .map(([op, left, right]) => binaryNode(op, left, right, { bool: true })),
      ),
      vectorBinary: fc.oneof(
        fc
          .tuple(fc.constantFrom(...ARITHMETIC, ...(experimental ? TRIM : [])), tie('vector'), tie('vector'), matching)
          .map(([op, left, right, clause]) => binaryNode(op, left, right, { matching: clause })),
        fc
          .tuple(fc.constantFrom(...COMPARISON), tie('vector'), tie('vector'), matching, fc.boolean())
          .map(([op, left, right, clause, bool]) => binaryNode(op, left, right, { matching: clause, bool })),
        fc
          .tuple(fc.constantFrom(...SET), tie('vector'), tie('vector'), setMatching)
          .map(([op, left, right, clause]) => binaryNode(op, left, right, { matching: clause })),
        fc.tuple(fc.constantFrom(...ARITHMETIC), oneSided).map(([op, [left, right]]) => binaryNode(op, left, right)),
        fc
          .tuple(fc.constantFrom(...COMPARISON), oneSided, fc.boolean())
          .map(([op, [left, right], bool]) => binaryNode(op, left, right, { bool })),
      ),
    };
  });

  const operand = fc.oneof(trees.scalar, trees.vector);
  return {
    metricName: utf8Names ? fc.oneof({ weight: 3, arbitrary: classicMetric }, utf8Metric) : classicMetric,
    labelName,
    text,
    pattern,
    matcher,
    duration,
    durationExpression,
    at,
    number,
    string,
    vectorSelector,
    matrixSelector,
    subquery: trees.subquery,
    aggregate: trees.aggregate,
    call: fc.oneof(trees.scalarCall, trees.vectorCall),
    binary: fc.oneof(trees.scalarBinary, trees.vectorBinary),
    unary: fc.tuple(fc.constantFrom('+' as const, '-' as const), operand).map(unaryNode),
    paren: operand.map(parenNode),
    ofType: { scalar: trees.scalar, vector: trees.vector, matrix: trees.matrix, string: trees.string },
    expr: fc.oneof(
      { weight: 8, arbitrary: trees.vector },
      { weight: 2, arbitrary: trees.scalar },
      trees.matrix,
      trees.string,
    ),
  };
}

function durationNode(op: DurationExpression['op'], operands: readonly Duration[]): DurationExpression {
  return { kind: 'duration-expr', op, operands, span };
}

function labelNode(name: string): LabelName {
  return { kind: 'label', name, span };
}

function parenNode(expr: Expr): Paren {
  return { kind: 'paren', expr, span };
}

function unaryNode([op, expr]: readonly ['+' | '-', Expr]): Unary {
  return { kind: 'unary', op, expr, span };
}

function callNode(func: string, args: readonly Expr[]): Call {
  return { kind: 'call', func, args, funcSpan: span, span };
}

function binaryNode(
  op: Binary['op'],
  left: Expr,
  right: Expr,
  { bool = false, matching = {} }: { readonly bool?: boolean; readonly matching?: VectorMatching } = {},
): Binary {
  const isPlain = Object.keys(matching).length === 0;
  return { kind: 'binary', op, left, right, ...(bool && { bool }), ...(!isPlain && { matching }), opSpan: span, span };
}

function argumentOf(arbitrary: fc.Arbitrary<Expr>, isOptional: boolean): fc.Arbitrary<Expr | undefined> {
  return isOptional ? fc.option(arbitrary, { nil: undefined }) : arbitrary;
}

function untilMissing(args: readonly (Expr | undefined)[]): readonly Expr[] {
  const end = args.indexOf(undefined);
  return (end < 0 ? args : args.slice(0, end)).filter((arg) => arg !== undefined);
}

/** A label must not stand in `on` and in the group clause. */
function withoutClash(
  group: NonNullable<VectorMatching['group']>,
  on: NonNullable<VectorMatching['on']>,
): NonNullable<VectorMatching['group']> {
  const taken = new Set(on.mode === 'on' ? on.labels.map(({ name }) => name) : []);
  return { ...group, include: group.include.filter(({ name }) => !taken.has(name)) };
}
