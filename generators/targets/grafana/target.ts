import { PATHS } from '../../conventions.ts';
import type { Origin } from '../../diagnostics/diagnostic.ts';
import type { Dashboard, Model } from '../../model/model.ts';
import type { Artefact, Json } from '../../output/artefact.ts';
import { defineTarget } from '../target.ts';
import { drawnRows, viewDashboard } from './dashboard.ts';
import { provision } from './provisioning.ts';
import { buildDashboards } from './sdk.ts';

/** Dashboards as classic JSON, and what Grafana needs to load them and to reach Prometheus. */
export const grafana = defineTarget({
  id: 'grafana',
  summary: 'Grafana dashboards, and the provisioning files that load them',
  emit: async (model) => [...(await dashboards(model)), ...provision(model)],
});

const dashboards = async (model: Model): Promise<readonly Artefact[]> => {
  const values = await buildDashboards(model.dashboards.map((dashboard) => viewDashboard(model, dashboard)));
  return model.dashboards.map((dashboard, index) => ({
    path: PATHS.dashboard(dashboard.uid),
    target: 'grafana',
    origins: originsOf(dashboard),
    format: 'json',
    value: values[index] as Json,
  }));
};

/** Panels of an open row stand beside it in the file, those of a collapsed one inside it. */
const originsOf = (dashboard: Dashboard): ReadonlyMap<string, Origin> => {
  const origins = new Map([['', dashboard.origin]]);
  let index = 0;
  for (const row of drawnRows(dashboard)) {
    const title = `/panels/${index}`;
    index += 1;
    row.panels.forEach((panel, inner) => {
      origins.set(row.collapsed ? `${title}/panels/${inner}` : `/panels/${index + inner}`, panel.origin);
    });
    if (!row.collapsed) index += row.panels.length;
  }
  return origins;
};
