import type { Report } from '../diagnostics/report.ts';
import { originAt } from '../output/artefact-set.ts';
import type { DocumentPlace } from './parsed.ts';
import { pointerIn } from './parsed.ts';

/** What the schema has made sure of. */
interface Deployment {
  readonly kind: string;
  readonly spec: { readonly template: { readonly spec?: { readonly containers: readonly Container[] } } };
}

interface Container {
  readonly name: string;
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
  readonly startupProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly livenessProbe?: Probe;
}

interface Probe {
  readonly exec?: { readonly command?: readonly string[] };
  readonly grpc?: { readonly port: number; readonly service?: string };
  readonly httpGet?: { readonly port: string | number; readonly path?: string };
  readonly tcpSocket?: { readonly port: string | number };
  readonly periodSeconds?: number;
  readonly timeoutSeconds?: number;
}

const PROBES = ['startupProbe', 'readinessProbe', 'livenessProbe'] as const;
const HANDLERS = ['exec', 'grpc', 'httpGet', 'tcpSocket'] as const;

/** What Kubernetes takes where a probe says nothing (https://kubernetes.io/docs/concepts/workloads/pods/probes/). */
const DEFAULT_PERIOD = 10;
const DEFAULT_TIMEOUT = 1;

/** Checks the probes of a Deployment that its schema accepts. */
export const checkProbes = ({ file, index, value }: DocumentPlace, report: Report): void => {
  const { kind, spec } = value as Deployment;
  if (kind !== 'Deployment') return;
  const { artefact } = file;
  const { path } = artefact;
  for (const [number, container] of (spec.template.spec?.containers ?? []).entries()) {
    const at = (probe: string) =>
      originAt(artefact, pointerIn(file, index, `/spec/template/spec/containers/${number}/${probe}`));
    for (const name of PROBES) {
      const probe = container[name];
      if (probe === undefined) continue;
      const handlers = HANDLERS.filter((handler) => probe[handler] !== undefined);
      if (handlers.length !== 1) report.add('validate/probe-handler', { path, probe: name, handlers }, at(name));
      const port = (probe.httpGet ?? probe.tcpSocket ?? probe.grpc)?.port;
      const ports = (container.ports ?? []).flatMap((open) => [
        ...(open.name === undefined ? [] : [open.name]),
        open.containerPort,
      ]);
      if (port !== undefined && !ports.includes(port))
        report.add('validate/probe-port', { path, probe: name, port, ports }, at(name));
      const { timeoutSeconds: timeout = DEFAULT_TIMEOUT, periodSeconds: period = DEFAULT_PERIOD } = probe;
      if (timeout >= period) report.add('validate/probe-timeout', { path, probe: name, timeout, period }, at(name));
    }
    const { readinessProbe, livenessProbe } = container;
    if (readinessProbe === undefined || livenessProbe === undefined) continue;
    const asked = whatIsAsked(livenessProbe, container);
    if (asked !== '' && asked === whatIsAsked(readinessProbe, container)) {
      report.add('validate/probe-same', { path, container: container.name, asked }, at('livenessProbe'));
    }
  }
};

/** What a probe asks; a port is the same whether by name or by number. */
const whatIsAsked = ({ exec, grpc, httpGet, tcpSocket }: Probe, { ports = [] }: Container): string => {
  const numberOf = (port: string | number): string | number =>
    ports.find(({ name }) => name === port)?.containerPort ?? port;
  if (httpGet !== undefined) return `${httpGet.path ?? '/'} on port ${numberOf(httpGet.port)}`;
  if (tcpSocket !== undefined) return `port ${numberOf(tcpSocket.port)}`;
  if (grpc !== undefined) return `gRPC service "${grpc.service ?? ''}" on port ${grpc.port}`;
  return (exec?.command ?? []).join(' ');
};
