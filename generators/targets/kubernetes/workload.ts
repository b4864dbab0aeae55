import type { Report } from '../../diagnostics/report.ts';
import type { HttpProbe, Resources, System, Workload } from '../../model/model.ts';
import type { Json } from '../../output/artefact.ts';

/** The Deployment of a workload. */
export const toDeployment = (system: System, workload: Workload, report: Report): Json => {
  const probe = (name: 'startup' | 'readiness' | 'liveness'): Json => toProbe(workload, name, report);
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: toMetadata(system, workload),
    spec: {
      replicas: workload.replicas,
      selector: { matchLabels: toSelector(system, workload) },
      template: {
        metadata: { labels: toLabels(system, workload) },
        spec: {
          containers: [
            {
              name: workload.id,
              image: workload.image,
              ports: workload.ports.map(({ name, number }) => ({ name, containerPort: number })),
              startupProbe: probe('startup'),
              readinessProbe: probe('readiness'),
              livenessProbe: probe('liveness'),
              resources: {
                requests: toQuantities(workload.resources.requests),
                limits: toQuantities(workload.resources.limits),
              },
            },
          ],
        },
      },
    },
  };
};

/** The Service of a workload: its named ports, which scrapers and other services refer to. */
export const toService = (system: System, workload: Workload): Json => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: toMetadata(system, workload),
  spec: {
    selector: toSelector(system, workload),
    ports: workload.ports.map(({ name, number }) => ({ name, port: number, targetPort: name })),
  },
});

const toMetadata = (system: System, workload: Workload): Json => ({
  name: workload.id,
  namespace: workload.namespace,
  labels: toLabels(system, workload),
  annotations: { 'tocsin/definition': workload.origin.file },
});

/** What never changes about a pod: a Deployment's selector is immutable. */
const toSelector = (system: System, workload: Workload) => ({
  'app.kubernetes.io/name': workload.id,
  'app.kubernetes.io/part-of': system.id,
});

const toLabels = (system: System, workload: Workload) => ({
  ...toSelector(system, workload),
  'app.kubernetes.io/managed-by': 'tocsin',
});

const toProbe = (workload: Workload, name: 'startup' | 'readiness' | 'liveness', report: Report): Json => {
  const probe = workload[name];
  const seconds = (field: 'initialDelay' | 'every' | 'timeout', ms: number): number => {
    if (ms % 1000 !== 0 || ms < (field === 'initialDelay' ? 0 : 1000)) {
      report.add('kubernetes/fractional-seconds', { workload: workload.id, probe: name, field, ms }, at(probe, field));
    }
    return Math.ceil(ms / 1000);
  };
  const initialDelay = seconds('initialDelay', probe.initialDelay);
  return {
    httpGet: { path: probe.path, port: probe.port },
    initialDelaySeconds: initialDelay > 0 ? initialDelay : undefined,
    periodSeconds: seconds('every', probe.period),
    timeoutSeconds: seconds('timeout', probe.timeout),
    failureThreshold: probe.failureThreshold,
  };
};

/** A field of a probe, under the name it has in a definition. */
const at = ({ origin }: HttpProbe, field: string) => ({ ...origin, path: [...origin.path, field] });

const BINARY_SUFFIXES = ['', 'Ki', 'Mi', 'Gi', 'Ti'] as const;

const toQuantities = ({ cpuMillicores, memoryBytes }: Resources): Json => {
  let memory = memoryBytes;
  let suffix = 0;
  while (memory > 0 && memory % 1024 === 0 && suffix < BINARY_SUFFIXES.length - 1) {
    memory /= 1024;
    suffix += 1;
  }
  return {
    memory: `${memory}${BINARY_SUFFIXES[suffix]}`,
    cpu: cpuMillicores % 1000 === 0 ? `${cpuMillicores / 1000}` : `${cpuMillicores}m`,
  };
};
