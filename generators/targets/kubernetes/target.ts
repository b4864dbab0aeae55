import { PATHS } from '../../conventions.ts';
import type { Origin } from '../../diagnostics/diagnostic.ts';
import type { Report } from '../../diagnostics/report.ts';
import type { System } from '../../model/model.ts';
import type { Artefact, Json } from '../../output/artefact.ts';
import { defineTarget } from '../target.ts';
import { toDeployment, toService } from './workload.ts';

/** Kubernetes: a Deployment with its probes, and the Service in front of it, for every workload. */
export const kubernetes = defineTarget({
  id: 'kubernetes',
  summary: 'Deployments with startup, readiness and liveness probes, and their Services, per system.',
  emit: async ({ systems }, report) =>
    systems.filter(({ workloads }) => workloads.length > 0).map((system) => emitManifest(system, report)),
});

const emitManifest = (system: System, report: Report): Artefact => {
  const documents: Json[] = [];
  const origins = new Map<string, Origin>([['', system.origin]]);
  for (const workload of system.workloads) {
    const deployment = `/${documents.length}`;
    documents.push(toDeployment(system, workload, report));
    origins.set(deployment, workload.origin);
    for (const probe of ['startup', 'readiness', 'liveness'] as const) {
      origins.set(`${deployment}/spec/template/spec/containers/0/${probe}Probe`, workload[probe].origin);
    }
    origins.set(`/${documents.length}`, workload.origin);
    documents.push(toService(system, workload));
  }
  return { path: PATHS.workload(system.id), target: 'kubernetes', format: 'yaml-documents', documents, origins };
};
