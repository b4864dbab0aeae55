/**
 * Makes the JSON Schemas of generators/validate/schemas from the TypeScript types of the packages that own the formats,
 * with what the types cannot say (whole numbers, bounds of the grid, which options belong to which panel) added.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';
import { createGenerator } from 'ts-json-schema-generator';
import { closed, flag, oneOf, text, texts } from '../generators/validate/schemas/formats.ts';
import type { JsonSchema, JsonSchemas, JsonType } from '../generators/validate/schemas/json-schema.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Where the schemas are kept. */
export const SCHEMA_DIRECTORY = join(ROOT, 'generators', 'validate', 'schemas');

/** The file that says what the schemas were made from. */
export const STAMP_FILE = 'stamp.json';

/** What the schemas were made from and what they were: cheap to compare, unlike making them again. */
export interface SchemaStamp {
  /** Version by package. */
  readonly packages: Readonly<Record<string, string>>;
  /** Hash of this generator. */
  readonly generator: string;
  /** Hash by schema file. */
  readonly files: Readonly<Record<string, string>>;
}

const PACKAGES = ['@grafana/grafana-foundation-sdk', 'kubernetes-types', 'ts-json-schema-generator'];

/** The sources that decide what comes out. */
const GENERATOR = ['scripts/schema-generator.ts', 'generators/validate/schemas/formats.ts'];

/** The stamp that schema files with these texts would have now. */
export const stampOf = (files: ReadonlyMap<string, string>): SchemaStamp => ({
  packages: Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])),
  generator: hashOf(GENERATOR.map((path) => readFileSync(join(ROOT, path), 'utf8')).join('\n')),
  files: Object.fromEntries([...files].map(([name, text]) => [name, hashOf(text)])),
});

/** The schema files and their stamp, by file name. */
export const generateSchemas = async (): Promise<ReadonlyMap<string, string>> => {
  const files = new Map<string, string>();
  files.set('grafana-dashboard.json', await layOut(dashboardSchema()));
  files.set('kubernetes-deployment.json', await layOut(kubernetesSchema('apps/v1.d.ts', 'Deployment')));
  files.set('kubernetes-service.json', await layOut(kubernetesSchema('core/v1.d.ts', 'Service')));
  return new Map([...files, [STAMP_FILE, await layOut(stampOf(files))]]);
};

const versionOf = (name: string): string => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8')) as {
    version: string;
  };
  return version;
};

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

const layOut = (value: unknown): Promise<string> => format(JSON.stringify(value), { parser: 'json', printWidth: 120 });

// --- Grafana ----------------------------------------------------------------------------------------------------------

const SDK = join(ROOT, 'node_modules', '@grafana', 'grafana-foundation-sdk', 'dist');

const typesOf = (module: string): string => join(SDK, module, 'types.gen.d.ts');

/** Module of the SDK by type of panel. */
const PANEL_MODULES = {
  timeseries: 'timeseries',
  stat: 'stat',
  gauge: 'gauge',
  table: 'table',
  'state-timeline': 'statetimeline',
} as const;

/** An object with all of these properties and no others. */
const whole = (properties: JsonSchemas): JsonSchema => closed(properties, ...Object.keys(properties));

/** Options of the alert list, a panel that the SDK does not know (Grafana's public/app/plugins/panel/alertlist/types.ts). */
const ALERT_LIST_OPTIONS = whole({
  alertInstanceLabelFilter: text,
  alertName: text,
  dashboardAlerts: flag,
  datasource: text,
  groupBy: texts,
  groupMode: oneOf('default', 'custom'),
  maxItems: { type: 'integer', minimum: 1 },
  showInactiveAlerts: flag,
  sortOrder: { type: 'integer', minimum: 1, maximum: 5 },
  stateFilter: whole({ firing: flag, pending: flag, recovering: flag, error: flag, noData: flag, normal: flag }),
  viewMode: oneOf('list', 'stat'),
});

/**
 * One schema for a whole dashboard. In the types a panel's options, its fieldConfig.defaults.custom and its queries are
 * anything; here they follow from the panel's type, and every query is one for Prometheus.
 */
const dashboardSchema = (): JsonSchema => {
  const definitions = new Map(definitionsOf(typesOf('dashboard'), 'Dashboard'));
  adopt(definitions, definitionsOf(typesOf('prometheus'), 'Dataquery'), (name) => name === 'Dataquery');
  definitions.set('alertlist.Options', ALERT_LIST_OPTIONS);
  const byType: JsonSchema[] = [panelOf('alertlist', 'alertlist.Options', undefined)];
  for (const [type, module] of Object.entries(PANEL_MODULES)) {
    const found = definitionsOf(typesOf(module), '*');
    const hasFields = found.has('FieldConfig');
    const rename = (name: string): string => (name === 'Options' || name === 'FieldConfig' ? `${type}.${name}` : name);
    adopt(definitions, renamed(found, rename), (name) => name.startsWith(`${type}.`));
    byType.push(panelOf(type, `${type}.Options`, hasFields ? `${type}.FieldConfig` : undefined));
  }

  change(definitions, 'Dashboard', (dashboard) => {
    const { snapshot: _, ...properties } = dashboard.properties ?? {};
    return {
      ...dashboard,
      properties: {
        ...properties,
        schemaVersion: { type: 'integer' },
        uid: { type: 'string', pattern: '^[a-zA-Z0-9_-]{1,40}$' },
        panels: {
          type: 'array',
          items: {
            type: 'object',
            required: ['type'],
            if: whose('type', 'row'),
            then: { $ref: '#/definitions/RowPanel' },
            else: { $ref: '#/definitions/Panel' },
          },
        },
      },
      required: ['uid', 'title', 'panels', ...(dashboard.required ?? [])],
    };
  });
  change(definitions, 'Panel', (panel) => ({
    ...panel,
    properties: {
      ...panel.properties,
      id: { type: 'integer', minimum: 1 },
      type: { type: 'string', enum: ['alertlist', ...Object.keys(PANEL_MODULES)] },
    },
    required: ['id', 'gridPos', 'options', ...(panel.required ?? [])],
    allOf: byType,
  }));
  change(definitions, 'RowPanel', (row) => ({
    ...row,
    properties: { ...row.properties, id: { type: 'integer', minimum: 1 } },
    required: ['gridPos', ...(row.required ?? [])],
  }));
  change(definitions, 'GridPos', (position) => ({
    ...position,
    properties: {
      ...position.properties,
      x: { type: 'integer', minimum: 0, maximum: 23 },
      y: { type: 'integer', minimum: 0 },
      w: { type: 'integer', minimum: 1, maximum: 24 },
      h: { type: 'integer', minimum: 1 },
    },
  }));
  return rootedAt(definitions, 'Dashboard');
};

/** What holds for a panel of one type besides what holds for all. */
const panelOf = (type: string, options: string, fields: string | undefined): JsonSchema => {
  const custom = fields === undefined ? closed({}) : { $ref: `#/definitions/${fields}` };
  return {
    if: whose('type', type),
    then: {
      properties: {
        options: { $ref: `#/definitions/${options}` },
        fieldConfig: { properties: { defaults: { properties: { custom } } } },
      },
    },
  };
};

// --- Kubernetes -------------------------------------------------------------------------------------------------------

/** The schema of an object as a person writes it: its status is the cluster's. */
const kubernetesSchema = (file: string, kind: string): JsonSchema => {
  const path = join(ROOT, 'node_modules', 'kubernetes-types', file);
  // No API type of Kubernetes has a number that is not whole; quantities are strings.
  const definitions = new Map(
    [...definitionsOf(path, kind)].map(([name, schema]) => [name, mapSchema(schema, wholeNumbers)]),
  );
  change(definitions, kind, ({ properties: { status: _, ...properties } = {}, ...object }) => ({
    ...object,
    properties,
    required: ['apiVersion', 'kind', 'metadata', 'spec'],
  }));
  return rootedAt(definitions, kind);
};

const wholeNumbers = (schema: JsonSchema): JsonSchema => {
  const toWhole = (type: JsonType): JsonType => (type === 'number' ? 'integer' : type);
  const { type } = schema;
  if (type === undefined) return schema;
  return { ...schema, type: typeof type === 'string' ? toWhole(type) : type.map(toWhole) };
};

// --- schemas in general -----------------------------------------------------------------------------------------------

/** Definitions by name, of the type `type` in the declaration file `path`, or of all its types for `*`. */
const definitionsOf = (path: string, type: string): ReadonlyMap<string, JsonSchema> => {
  const generator = createGenerator({ path, type, skipTypeCheck: true, additionalProperties: false, jsDoc: 'none' });
  const { definitions = {} } = generator.createSchema(type) as JsonSchema;
  return new Map(
    Object.entries(definitions).map(([name, schema]) => [name, mapSchema(asSchema(schema), simplify(definitions))]),
  );
};

const asSchema = (schema: JsonSchema | false | undefined): JsonSchema => {
  if (typeof schema !== 'object') throw new Error('a definition is missing');
  return schema;
};

/** Applies `change` to a schema and all schemas in it, the inner ones first. */
const mapSchema = (schema: JsonSchema, change: (schema: JsonSchema) => JsonSchema): JsonSchema => {
  const inner = (value: unknown): unknown =>
    typeof value === 'object' && value !== null ? mapSchema(value, change) : value;
  const mapped: Record<string, unknown> = { ...schema };
  for (const key of ['properties', 'definitions'] as const) {
    const group = schema[key];
    if (group) mapped[key] = Object.fromEntries(Object.entries(group).map(([name, item]) => [name, inner(item)]));
  }
  for (const key of ['items', 'additionalProperties', 'propertyNames', 'if', 'then', 'else'] as const) {
    if (key in schema) mapped[key] = inner(schema[key]);
  }
  for (const key of ['allOf', 'anyOf'] as const) {
    const list = mapped[key];
    if (Array.isArray(list)) mapped[key] = list.map(inner);
  }
  return change(mapped);
};

/** Objects that have this property with this value. */
const whose = (name: string, value: string | number | boolean | null): JsonSchema => ({
  required: [name],
  properties: { [name]: { const: value } },
});

/** Opens empty objects (the types' word for "anything") and turns unions into schemas that give one error for one mistake. */
const simplify =
  (definitions: JsonSchemas) =>
  (schema: JsonSchema & { readonly anyOf?: readonly JsonSchema[] }): JsonSchema => {
    if (schema.type === 'object' && schema.properties === undefined && schema.additionalProperties === false) {
      return { type: 'object' };
    }
    const { anyOf, ...rest } = schema;
    if (anyOf === undefined) return schema;
    return { ...rest, ...(differByType(anyOf) ?? differByProperty(anyOf, definitions)) };
  };

/** The union of schemas of different types, none of which is shared: the keywords of one do not concern the others. */
const differByType = (members: readonly JsonSchema[]): JsonSchema | undefined => {
  const types = members.flatMap(({ type }) => type ?? []);
  if (members.some(({ type }) => type === undefined) || new Set(types).size !== types.length) return undefined;
  return { ...members.reduce<JsonSchema>((union, member) => ({ ...union, ...member }), {}), type: types };
};

/** The union of objects that say by a property, `type` mostly, which of them they are. */
const differByProperty = (members: readonly JsonSchema[], definitions: JsonSchemas): JsonSchema => {
  const objects = members.map(({ $ref }) => asSchema(definitions[$ref?.split('/').at(-1) ?? '']));
  const constantOf = (object: JsonSchema, name: string): JsonSchema['const'] => {
    const property = object.properties?.[name];
    return property ? property.const : undefined;
  };
  const name = Object.keys(objects[0]?.properties ?? {}).find(
    (candidate) => new Set(objects.map((object) => constantOf(object, candidate) ?? undefined)).size === objects.length,
  );
  if (name === undefined)
    throw new Error(`a union of which nobody can tell the members apart: ${JSON.stringify(members)}`);
  const constants = objects.map((object) => constantOf(object, name) ?? null);
  return {
    type: 'object',
    required: [name],
    properties: { [name]: { enum: constants } },
    allOf: members.map((member, index) => ({ if: whose(name, constants[index] ?? null), then: member })),
  };
};

const renamed = (
  definitions: ReadonlyMap<string, JsonSchema>,
  rename: (name: string) => string,
): ReadonlyMap<string, JsonSchema> => {
  const follow = (schema: JsonSchema): JsonSchema =>
    schema.$ref === undefined
      ? schema
      : { ...schema, $ref: `#/definitions/${rename(schema.$ref.split('/').at(-1) ?? '')}` };
  return new Map([...definitions].map(([name, schema]) => [rename(name), mapSchema(schema, follow)]));
};

/** Adds definitions. A name that both have has to mean the same, except where `replaces` says that the new one is better. */
const adopt = (
  definitions: Map<string, JsonSchema>,
  more: ReadonlyMap<string, JsonSchema>,
  replaces: (name: string) => boolean,
): void => {
  for (const [name, schema] of more) {
    const known = definitions.get(name);
    if (known !== undefined && !replaces(name) && JSON.stringify(known) !== JSON.stringify(schema)) {
      throw new Error(`two different types are called ${name}`);
    }
    definitions.set(name, schema);
  }
};

const change = (definitions: Map<string, JsonSchema>, name: string, edit: (schema: JsonSchema) => JsonSchema): void => {
  definitions.set(name, edit(asSchema(definitions.get(name))));
};

/** A schema for one definition with what it refers to, in alphabetical order, and nothing else. */
const rootedAt = (definitions: ReadonlyMap<string, JsonSchema>, root: string): JsonSchema => {
  const reached = new Set<string>();
  const visit = (name: string): void => {
    if (reached.has(name)) return;
    reached.add(name);
    mapSchema(asSchema(definitions.get(name)), (schema) => {
      if (schema.$ref !== undefined) visit(schema.$ref.split('/').at(-1) ?? '');
      return schema;
    });
  };
  visit(root);
  const kept = [...reached].sort().map((name) => [name, asSchema(definitions.get(name))] as const);
  return { $ref: `#/definitions/${root}`, definitions: Object.fromEntries(kept) };
};
