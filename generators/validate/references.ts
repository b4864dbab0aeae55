import { ANNOTATIONS, PATHS } from '../conventions.ts';
import { suggest } from '../diagnostics/suggest.ts';
import type { Report } from '../diagnostics/report.ts';
import type { Model, Project } from '../model/model.ts';
import { originAt } from '../output/artefact-set.ts';
import { selectors } from '../promql/walk.ts';
import type { ParsedArtefact } from './parsed.ts';
import { pointerIn } from './parsed.ts';
import type { QueryPlace } from './promql.ts';
import { parseQuery } from './promql.ts';

interface RuleFile {
  readonly groups: readonly {
    readonly rules: readonly { readonly record?: string; readonly annotations?: Readonly<Record<string, string>> }[];
  }[];
}

interface Route {
  readonly receiver?: string;
  readonly routes?: readonly Route[];
}

/** Checks that what one artefact names is there in another: receivers, recorded series, dashboards, panels, runbooks, rule files. */
export const validateReferences = (
  files: readonly ParsedArtefact[],
  queries: readonly QueryPlace[],
  { project, systems }: Model,
  report: Report,
): void => {
  // A federated Prometheus exposes series with such names, too.
  const declared = new Set(systems.flatMap(({ metrics }) => metrics.map(({ name }) => name)));
  const paths = new Set(files.map(({ artefact }) => artefact.path));
  const ruleFiles = files.filter(({ artefact }) => artefact.path.startsWith('prometheus/rules/'));
  const miss = (file: ParsedArtefact, pointer: string, what: string, name: string, known: Iterable<string>): void =>
    report.add(
      'validate/reference',
      { path: file.artefact.path, what, name, suggestions: suggest(name, known) },
      originAt(file.artefact, pointerIn(file, 0, pointer)),
    );

  const recorded = new Set(
    ruleFiles.flatMap(({ documents }) =>
      documents.flatMap((document) =>
        (document as RuleFile).groups.flatMap(({ rules }) => rules.flatMap(({ record }) => record ?? [])),
      ),
    ),
  );
  for (const { file, pointer, text, use } of queries) {
    const { expr } = parseQuery(text, use, project.versions.prometheus);
    if (!expr) continue;
    for (const { selector } of selectors(expr)) {
      const { name } = selector;
      if (name?.includes(':') && !recorded.has(name) && !declared.has(name))
        miss(file, pointer, 'recorded series', name, recorded);
    }
  }

  const panels = dashboardPanels(files);
  for (const file of ruleFiles) {
    const { groups } = file.documents[0] as RuleFile;
    groups.forEach(({ rules }, group) =>
      rules.forEach(({ annotations }, rule) => {
        if (!annotations) return;
        const at = (annotation: string): string => `/groups/${group}/rules/${rule}/annotations/${annotation}`;
        checkLinks(annotations, project, paths, panels, (annotation, what, name, known) =>
          miss(file, at(annotation), what, name, known),
        );
      }),
    );
  }

  for (const file of files.filter(({ artefact }) => artefact.target === 'alertmanager' && artefact.format === 'yaml')) {
    const config = file.documents[0] as {
      readonly route: Route;
      readonly receivers: readonly { readonly name: string }[];
    };
    const receivers = config.receivers.map(({ name }) => name);
    const visit = (route: Route, pointer: string): void => {
      if (route.receiver !== undefined && !receivers.includes(route.receiver))
        miss(file, `${pointer}/receiver`, 'receiver', route.receiver, receivers);
      (route.routes ?? []).forEach((child, index) => visit(child, `${pointer}/routes/${index}`));
    };
    visit(config.route, '/route');
  }

  for (const file of files.filter(({ artefact }) => artefact.path.startsWith('prometheus/prometheus'))) {
    const { rule_files: named = [] } = file.documents[0] as { readonly rule_files?: readonly string[] };
    named.forEach((name, index) => {
      if (!paths.has(`prometheus/${name}`)) miss(file, `/rule_files/${index}`, 'rule file', name, paths);
    });
    for (const { artefact } of ruleFiles) {
      const name = artefact.path.replace(/^prometheus\//, '');
      if (!named.includes(name)) miss(file, '/rule_files', 'entry for the rule file', name, named);
    }
  }
};

/** The ids of the panels of every dashboard, by uid. */
const dashboardPanels = (files: readonly ParsedArtefact[]): ReadonlyMap<string, ReadonlySet<number>> =>
  new Map(
    files
      .filter(({ artefact }) => artefact.path.startsWith('grafana/dashboards/'))
      .map(({ documents }) => {
        const { uid, panels } = documents[0] as {
          readonly uid: string;
          readonly panels: readonly { readonly id: number; readonly panels?: readonly { readonly id: number }[] }[];
        };
        return [
          uid,
          new Set(panels.flatMap((panel) => [panel.id, ...(panel.panels ?? []).map(({ id }) => id)])),
        ] as const;
      }),
  );

type Miss = (annotation: string, what: string, name: string, known: Iterable<string>) => void;

const checkLinks = (
  annotations: Readonly<Record<string, string>>,
  { links }: Project,
  paths: ReadonlySet<string>,
  panels: ReadonlyMap<string, ReadonlySet<number>>,
  miss: Miss,
): void => {
  const runbook = annotations[ANNOTATIONS.runbook];
  if (runbook !== undefined) {
    const path = `${PATHS.runbookIndex.split('/')[0]}${runbook.slice(links.runbooks.length)}`;
    if (!runbook.startsWith(`${links.runbooks}/`) || !paths.has(path))
      miss(ANNOTATIONS.runbook, 'runbook', runbook, paths);
  }
  const dashboard = annotations[ANNOTATIONS.dashboard];
  if (dashboard === undefined) return;
  const [, uid = '', panel] = /\/d\/([^?]+)(?:\?viewPanel=(\d+))?$/.exec(dashboard) ?? [];
  const known = panels.get(uid);
  if (!known) miss(ANNOTATIONS.dashboard, 'dashboard', uid, panels.keys());
  else if (panel !== undefined && !known.has(Number(panel)))
    miss(ANNOTATIONS.dashboard, 'panel', panel, [...known].map(String));
};
