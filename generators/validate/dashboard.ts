import type { Report } from '../diagnostics/report.ts';
import { suggest } from '../diagnostics/suggest.ts';
import { originAt } from '../output/artefact-set.ts';
import { childPointer } from '../output/text.ts';
import type { DocumentPlace } from './parsed.ts';

/** What the schema has made sure of. */
interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list?: readonly { readonly name: string; readonly type: string }[] };
}

interface Panel {
  readonly id: number;
  readonly title?: string;
  readonly type: string;
  readonly collapsed?: boolean;
  readonly gridPos: Box;
  readonly panels?: readonly Panel[];
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

interface PlacedPanel {
  readonly panel: Panel;
  readonly pointer: string;
}

const COLUMNS = 24;

/** Checks ids, places and data sources of a dashboard that its schema accepts. */
export const checkDashboard = ({ file: { artefact }, value }: DocumentPlace, report: Report): void => {
  const dashboard = value as Dashboard;
  const { path } = artefact;
  const shown = dashboard.panels.map((panel, index) => ({ panel, pointer: `/panels/${index}` }));
  const hidden = shown.map(({ panel, pointer }) =>
    (panel.panels ?? []).map((inner, index) => ({ panel: inner, pointer: `${pointer}/panels/${index}` })),
  );
  const all = [...shown, ...hidden.flat()];

  const byId = new Map<number, Panel>();
  for (const { panel, pointer } of all) {
    const first = byId.get(panel.id);
    if (first === undefined) byId.set(panel.id, panel);
    else
      report.add(
        'validate/panel-id',
        { path, id: panel.id, titles: titlesOf(first, panel) },
        originAt(artefact, pointer),
      );
  }

  for (const { panel, pointer } of all) {
    const right = panel.gridPos.x + panel.gridPos.w;
    if (right > COLUMNS)
      report.add('validate/panel-outside', { path, title: titleOf(panel), right }, originAt(artefact, pointer));
  }

  // The panels of a collapsed row are placed as if it were open, over what follows it.
  for (const group of [shown, ...hidden]) {
    for (const [first, second] of overlapping(group)) {
      const titles = titlesOf(first.panel, second.panel);
      report.add('validate/panel-overlap', { path, titles }, originAt(artefact, second.pointer));
    }
  }

  const variables = (dashboard.templating.list ?? [])
    .filter(({ type }) => type === 'datasource')
    .map(({ name }) => name);
  for (const { variable, pointer } of sourceVariables(value)) {
    if (variables.includes(variable)) continue;
    report.add(
      'validate/datasource-variable',
      { path, pointer, variable, suggestions: suggest(variable, variables) },
      originAt(artefact, pointer),
    );
  }
};

const titleOf = (panel: Panel): string => panel.title ?? `panel ${panel.id}`;

const titlesOf = (first: Panel, second: Panel): readonly [string, string] => [titleOf(first), titleOf(second)];

const overlapping = (panels: readonly PlacedPanel[]): readonly (readonly [PlacedPanel, PlacedPanel])[] =>
  panels.flatMap((second, index) =>
    panels
      .slice(0, index)
      .flatMap((first) => (overlap(first.panel.gridPos, second.panel.gridPos) ? [[first, second] as const] : [])),
  );

const overlap = (a: Box, b: Box): boolean => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

/** Every data source that is named by a variable. */
const sourceVariables = (value: unknown, pointer = ''): readonly { variable: string; pointer: string }[] => {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]: [string, unknown]) => {
    const at = childPointer(pointer, key);
    const uid =
      key === 'datasource' && typeof item === 'object' && item !== null && 'uid' in item ? String(item.uid) : '';
    const variable = /^\$\{?(\w+)\}?$/.exec(uid)?.[1];
    return [...(variable === undefined ? [] : [{ variable, pointer: at }]), ...sourceVariables(item, at)];
  });
};
