import type { PropertyPath } from '../../diagnostics/diagnostic.ts';
import type { HttpProbe, Workload } from '../model.ts';
import { toMilliseconds } from '../quantities.ts';
import { workloadSchema } from '../schema.ts';
import type { Reader } from './reader.ts';

const PROBES = ['startup', 'readiness', 'liveness'] as const;

/** A workload in the form of the model; nothing when it does not stand. */
export const normaliseWorkload = (
  reader: Reader,
  id: string,
  value: unknown,
  path: PropertyPath,
  components: readonly string[],
): Workload | undefined => {
  const subject = `workload ${id}`;
  const { report } = reader;
  const input = reader.read(workloadSchema, value, path, subject);
  if (!input) return undefined;
  const [port] = Object.keys(input.ports);
  if (port === undefined) {
    report.add(
      'definition/shape',
      { property: 'ports', problem: 'expected at least one port' },
      reader.at([...path, 'ports'], subject),
    );
    return undefined;
  }
  const paths = Object.keys(input.endpoints);
  for (const [endpoint, { checks }] of Object.entries(input.endpoints)) {
    checks.forEach((check, index) =>
      reader.refer('component', check, components, [...path, 'endpoints', endpoint, 'checks', index]),
    );
  }
  const probes = Object.fromEntries(
    PROBES.map((name): readonly [string, HttpProbe] => {
      const probe = input[name];
      const at = reader.at([...path, name], subject);
      if (reader.refer('endpoint', probe.path, paths, [...path, name, 'path']) && name === 'liveness') {
        const checks = input.endpoints[probe.path]?.checks ?? [];
        if (checks.length > 0)
          report.add(
            'probe/liveness-checks-dependency',
            { path: probe.path, checks },
            reader.at([...path, name, 'path'], subject),
          );
      }
      if (probe.timeout.base >= probe.every.base) {
        report.add('probe/timeout', { probe: name }, reader.at([...path, name, 'timeout'], subject));
      }
      return [
        name,
        {
          path: probe.path,
          port,
          initialDelay: probe.initialDelay ? toMilliseconds(probe.initialDelay) : 0,
          period: toMilliseconds(probe.every),
          timeout: toMilliseconds(probe.timeout),
          failureThreshold: probe.failures,
          origin: at,
        },
      ];
    }),
  ) as Record<(typeof PROBES)[number], HttpProbe>;
  const { liveness, readiness } = input;
  if (liveness.path === readiness.path) {
    report.add('probe/same-path', { path: liveness.path }, reader.at([...path, 'liveness', 'path'], subject), {
      related: [{ note: 'the readiness probe', at: reader.at([...path, 'readiness', 'path'], subject) }],
    });
  }
  if (liveness.every.base * liveness.failures <= readiness.every.base * readiness.failures) {
    report.add('probe/liveness-before-readiness', {}, reader.at([...path, 'liveness'], subject));
  }
  const resources = (name: 'requests' | 'limits') => ({
    cpuMillicores: input.resources[name].cpu.millicores,
    memoryBytes: input.resources[name].memory.base,
  });
  const [requests, limits] = [resources('requests'), resources('limits')];
  if (requests.cpuMillicores > limits.cpuMillicores || requests.memoryBytes > limits.memoryBytes) {
    report.add('workload/requests-above-limits', {}, reader.at([...path, 'resources', 'requests'], subject));
  }
  return {
    id: input.name ?? id,
    namespace: input.namespace,
    image: input.image,
    replicas: input.replicas,
    ports: Object.entries(input.ports).map(([name, number]) => ({ name, number })),
    endpoints: Object.entries(input.endpoints).map(([endpoint, { checks }]) => ({
      path: endpoint,
      checks,
      origin: reader.at([...path, 'endpoints', endpoint], subject),
    })),
    ...probes,
    resources: { requests, limits },
    origin: reader.at(path, subject),
  };
};
