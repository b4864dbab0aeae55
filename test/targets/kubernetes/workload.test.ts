import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { HttpProbe, Model, Workload } from '../../../generators/model/model.ts';
import { kubernetes } from '../../../generators/targets/kubernetes/target.ts';
import { emitWith } from '../../support/artefacts.ts';
import { sampleModel } from '../../support/sample-model.ts';

type Tree = Readonly<Record<string, never>>;

const [shop, hostile] = sampleModel.systems;
const [workload] = shop?.workloads ?? [];
if (!shop || !hostile || !workload) throw new Error('the sample has two systems and a workload');

const modelWith = (change: Partial<Workload>): Model => ({
  ...sampleModel,
  systems: [{ ...shop, workloads: [{ ...workload, ...change }] }, hostile],
});

const documents = async (model: Model = sampleModel): Promise<readonly Tree[]> => {
  const text = (await emitWith([kubernetes], model)).texts.get('kubernetes/shop.yaml') ?? '';
  return parseAllDocuments(text, { version: '1.1' }).map((document) => document.toJS() as Tree);
};

describe('manifests', () => {
  it('are a Deployment and a Service for each workload, only for systems that have some', async () => {
    const { texts } = await emitWith([kubernetes], sampleModel);
    expect([...texts.keys()]).toEqual(['kubernetes/shop.yaml']);
    expect(
      (await documents()).map(({ kind, metadata }) => [kind, metadata?.['name'], metadata?.['namespace']]),
    ).toEqual([
      ['Deployment', 'shop-api', 'shop'],
      ['Service', 'shop-api', 'shop'],
      ['Deployment', 'shop-worker', undefined],
      ['Service', 'shop-worker', undefined],
    ]);
  });

  it('have three probes with paths of their own, by the name of the port', async () => {
    const [deployment] = await documents();
    expect(deployment?.['spec']).toEqual({
      replicas: 3,
      selector: { matchLabels: { 'app.kubernetes.io/name': 'shop-api', 'app.kubernetes.io/part-of': 'shop' } },
      template: {
        metadata: {
          labels: {
            'app.kubernetes.io/name': 'shop-api',
            'app.kubernetes.io/part-of': 'shop',
            'app.kubernetes.io/managed-by': 'tocsin',
          },
        },
        spec: {
          containers: [
            {
              name: 'shop-api',
              image: 'registry.example.com/shop-api:1.4.2',
              ports: [
                { name: 'http', containerPort: 4000 },
                { name: 'metrics', containerPort: 9100 },
              ],
              startupProbe: {
                httpGet: { path: '/startup', port: 'http' },
                periodSeconds: 5,
                timeoutSeconds: 3,
                failureThreshold: 30,
              },
              readinessProbe: {
                httpGet: { path: '/ready', port: 'http' },
                initialDelaySeconds: 10,
                periodSeconds: 5,
                timeoutSeconds: 3,
                failureThreshold: 3,
              },
              livenessProbe: {
                httpGet: { path: '/live', port: 'http' },
                periodSeconds: 10,
                timeoutSeconds: 5,
                failureThreshold: 3,
              },
              resources: { requests: { memory: '512Mi', cpu: '250m' }, limits: { memory: '1Gi', cpu: '1' } },
            },
          ],
        },
      },
    });
    expect(deployment?.['metadata']?.['annotations']).toEqual({ 'tocsin/definition': 'definitions/systems/shop.ts' });
  });

  it('have a Service whose ports lead to those of the container by name', async () => {
    const [, service] = await documents();
    expect(service?.['spec']).toEqual({
      selector: { 'app.kubernetes.io/name': 'shop-api', 'app.kubernetes.io/part-of': 'shop' },
      ports: [
        { name: 'http', port: 4000, targetPort: 'http' },
        { name: 'metrics', port: 9100, targetPort: 'metrics' },
      ],
    });
  });

  it.each([
    [1024 ** 3, 250, '1Gi', '250m'],
    [1536 * 1024 ** 2, 1500, '1536Mi', '1500m'],
    [2 * 1024 ** 4, 2000, '2Ti', '2'],
    [1024, 1, '1Ki', '1m'],
    [1000, 100, '1000', '100m'],
    [0, 0, '0', '0'],
  ])('write %d bytes and %d millicores as a person would', async (memoryBytes, cpuMillicores, memory, cpu) => {
    const amounts = { memoryBytes, cpuMillicores };
    const [deployment] = await documents(modelWith({ resources: { requests: amounts, limits: amounts } }));
    const container = (
      deployment as unknown as {
        readonly spec: { readonly template: { readonly spec: { readonly containers: readonly Tree[] } } };
      }
    ).spec.template.spec.containers[0];
    expect(container?.['resources']).toEqual({ requests: { memory, cpu }, limits: { memory, cpu } });
  });

  it('know which probe comes from where', async () => {
    const { artefacts } = await emitWith([kubernetes], sampleModel);
    expect(artefacts[0]?.origins.get('/0/spec/template/spec/containers/0/readinessProbe')).toMatchObject({
      path: ['readiness'],
    });
    expect(artefacts[0]?.origins.get('/3')).toMatchObject({ path: ['workloads', 'shop-api'] });
  });
});

describe('times that Kubernetes cannot count', () => {
  const probe = (change: Partial<HttpProbe>): HttpProbe => ({ ...workload.liveness, ...change });

  it.each<[string, Partial<HttpProbe>, string, number]>([
    ['a fraction of a second', { period: 2500 }, 'every', 2500],
    ['less than a second', { timeout: 100 }, 'timeout', 100],
    ['no timeout', { timeout: 0 }, 'timeout', 0],
    ['a delay with a fraction', { initialDelay: 1001 }, 'initialDelay', 1001],
  ])('%s', async (_, change, field, ms) => {
    const { findings } = await emitWith([kubernetes], modelWith({ liveness: probe(change) }));
    expect(findings).toEqual([
      {
        code: 'kubernetes/fractional-seconds',
        severity: 'error',
        data: { workload: 'shop-api', probe: 'liveness', field, ms },
        at: { ...workload.liveness.origin, path: ['liveness', field] },
      },
    ]);
  });

  it('do not include a delay of nothing', async () => {
    const { findings } = await emitWith([kubernetes], modelWith({ liveness: probe({ initialDelay: 0 }) }));
    expect(findings).toEqual([]);
  });
});
