import { alertmanagerConfig } from './alertmanager.ts';
import dashboard from './grafana-dashboard.json' with { type: 'json' };
import { dashboardProviderFile, datasourceFile } from './grafana-provisioning.ts';
import type { JsonSchema } from './json-schema.ts';
import deployment from './kubernetes-deployment.json' with { type: 'json' };
import service from './kubernetes-service.json' with { type: 'json' };
import { prometheusConfig, ruleFile } from './prometheus.ts';
import { ruleTestFile } from './rule-tests.ts';

/** The schemas of the artefacts at some paths below out/. */
interface SchemaEntry {
  readonly paths: RegExp;
  /** The schema of every document there. */
  readonly schema?: JsonSchema;
  /** Where documents name their kind: the schema of each kind. */
  readonly kinds?: Readonly<Record<string, JsonSchema>>;
}

/** Where several fit, the first one counts. */
const ENTRIES: readonly SchemaEntry[] = [
  { paths: /^prometheus\/rules\/.+\.ya?ml$/, schema: ruleFile },
  { paths: /^prometheus\/prometheus(\.[^/]+)?\.yml$/, schema: prometheusConfig },
  { paths: /^alertmanager\/alertmanager(\.[^/]+)?\.yml$/, schema: alertmanagerConfig },
  { paths: /^grafana\/dashboards\/.+\.json$/, schema: dashboard as JsonSchema },
  { paths: /^grafana\/provisioning(\.[^/]+)?\/datasources\//, schema: datasourceFile },
  { paths: /^grafana\/provisioning(\.[^/]+)?\/dashboards\//, schema: dashboardProviderFile },
  { paths: /^tests\/.+\.ya?ml$/, schema: ruleTestFile },
  { paths: /^kubernetes\//, kinds: { Deployment: deployment as JsonSchema, Service: service as JsonSchema } },
];

/** Which schema a document has: one, none because the format is our own, or none that we have and should have. */
export type SchemaChoice =
  | { readonly schema: JsonSchema }
  | 'own-format'
  /** What there is no schema for, for people. */
  | { readonly unknown: string };

/** Chooses the schema of a document by the path of its artefact and, in Kubernetes manifests, by its kind. */
export const chooseSchema = (path: string, document: unknown): SchemaChoice => {
  const entry = ENTRIES.find(({ paths }) => paths.test(path));
  if (entry === undefined) return path.includes('/') ? { unknown: 'a file at this place' } : 'own-format';
  if (entry.schema !== undefined) return { schema: entry.schema };
  const kind = typeof document === 'object' && document !== null && 'kind' in document ? document.kind : undefined;
  const schema = entry.kinds?.[String(kind)];
  return schema === undefined ? { unknown: `an object of kind ${JSON.stringify(kind)}` } : { schema };
};
