import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createReport } from '../../generators/diagnostics/report.ts';
import { grafana } from '../../generators/targets/grafana/target.ts';
import { checkDocuments } from '../../generators/validate/schema-check.ts';
import schema from '../../generators/validate/schemas/grafana-dashboard.json' with { type: 'json' };
import type { JsonSchema } from '../../generators/validate/schemas/json-schema.ts';
import { dashboard, model, panel, row } from '../targets/grafana/sample.ts';

const closed = (properties: JsonSchema['properties'], ...required: readonly string[]): JsonSchema => ({
  type: 'object',
  properties: properties ?? {},
  required,
  additionalProperties: false,
});

const messagesOf = (of: JsonSchema, document: unknown): readonly string[] =>
  (checkDocuments(of, [document])[0] ?? []).map(({ pointer, message }) => `${pointer} ${message}`);

describe('the words of a problem', () => {
  test.each([
    { of: { type: 'string' }, document: 1, says: ' must be a string, not 1' },
    { of: { type: ['integer', 'null'] }, document: 'a', says: ' must be a whole number or null, not "a"' },
    { of: { type: 'array' }, document: {}, says: ' must be an array, not {}' },
    { of: { const: 1 }, document: 2, says: ' must be 1, not 2' },
    { of: { minimum: 1 }, document: 0, says: ' must be at least 1, not 0' },
    { of: { type: 'array', minItems: 1 }, document: [], says: ' must not be empty' },
    { of: { pattern: '^a$' }, document: 'b', says: ' must be a text that matches ^a$, not "b"' },
    { of: { enum: ['a', 'b'] }, document: 'x'.repeat(80), says: ` must be one of "a", "b", not "${'x'.repeat(56)}...` },
    { of: closed({ 'a/b~c': { type: 'string' } }), document: { 'a/b~c': 1 }, says: '/a~1b~0c must be a string, not 1' },
    { of: closed({}), document: { 'a/b~c': 1 }, says: '/a~1b~0c there is no property "a/b~c" here' },
  ] as const)('$says', ({ of, document, says }) => expect(messagesOf(of, document)).toEqual([says]));

  test('a misspelt property that is needed is one problem, two different ones are two', () => {
    const of = closed({ expr: { type: 'string' } }, 'expr');
    expect(messagesOf(of, { exprr: 'up' })).toEqual(['/exprr there is no property "exprr" here']);
    expect(messagesOf(of, { colour: 'red' })).toEqual([
      ' the property "expr" is missing',
      '/colour there is no property "colour" here',
    ]);
  });

  test('a schema that refers to itself is followed', () => {
    const of: JsonSchema = {
      $ref: '#/definitions/tree',
      definitions: { tree: closed({ children: { type: 'array', items: { $ref: '#/definitions/tree' } } }) },
    };
    expect(messagesOf(of, { children: [{ children: [{ childern: [] }] }] })).toEqual([
      '/children/0/children/0/childern there is no property "childern" here',
    ]);
  });
});

test('the quick check finds what the whole schema finds, whatever is changed', async () => {
  const kinds = ['timeseries', 'stat', 'table'] as const;
  const source = dashboard([
    row(
      1,
      kinds.map((kind) => panel({ kind, unit: kind === 'stat' ? 'state' : 'seconds' })),
    ),
  ]);
  const [artefact] = await grafana.emit(model(source), createReport());
  const good: unknown = artefact && 'value' in artefact ? artefact.value : undefined;
  const accepts = new Ajv({ strict: false }).compile(schema);
  expect(accepts(good)).toBe(true);

  const names = ['id', 'type', 'w', 'value', 'panels', 'targets', 'unit', 'mode', 'steps', 'custom', 'snapshot', 'foo'];
  const values = fc.constantFrom<unknown>(0, 1, -1, 'a', '', 'row', 'table', true, null, [], {}, { type: 'row' });
  fc.assert(
    fc.property(fc.infiniteStream(fc.nat()), fc.constantFrom(...names), values, (stream, name, value) => {
      const document: unknown = structuredClone(good);
      const turn = (count: number): number => Number(stream.next().value) % count;
      // A walk to a random object, where a property is set.
      let part = document as Record<string, unknown>;
      for (;;) {
        const inner = Object.values(part).filter((item) => typeof item === 'object' && item !== null);
        if (inner.length === 0 || turn(4) === 0) break;
        part = inner[turn(inner.length)] as Record<string, unknown>;
      }
      const known = Object.keys(part);
      part[turn(2) === 0 && known.length > 0 ? (known[turn(known.length)] ?? name) : name] = value;
      expect((checkDocuments(schema as JsonSchema, [document])[0] ?? []).length === 0).toBe(accepts(document));
    }),
    { numRuns: 15 },
  );
});
