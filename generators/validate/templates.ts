import { suggest } from '../diagnostics/suggest.ts';
import type { Report } from '../diagnostics/report.ts';
import type { Model } from '../model/model.ts';
import type { Artefact } from '../output/artefact.ts';
import { originAt } from '../output/artefact-set.ts';

/** The templates that Alertmanager brings along; their names begin with this. */
const BUILT_IN =
  /^__|^(?:slack|email|pagerduty|opsgenie|pushover|victorops|wechat|sns|telegram|discord|webex|msteams|msteamsv2|jira|rocketchat|mattermost|teams)\.default\./;

const DEFINED = /\{\{-?\s*(?:define|block)\s+"([^"]+)"/g;
const USED = /\{\{-?\s*(?:template|block)\s+"([^"]+)"/g;
/** What Alertmanager can do with all annotations at once (https://prometheus.io/docs/alerting/latest/notifications/#kv). */
const METHODS: readonly string[] = ['SortedPairs', 'Remove', 'Names', 'Values', 'String'];
const ANNOTATION = /\.(?:Common)?Annotations\.([A-Za-z_]\w*)/g;

const namesIn = (text: string, pattern: RegExp): readonly string[] => [
  ...new Set([...text.matchAll(pattern)].map(([, name = '']) => name)),
];

/** A text with templates in it, and where it stands. */
interface TemplateText {
  readonly artefact: Artefact;
  readonly pointer: string;
  readonly text: string;
}

const textsOf = (artefact: Artefact): readonly TemplateText[] => {
  if (artefact.format === 'go-template') return [{ artefact, pointer: '', text: artefact.text }];
  if (artefact.target !== 'alertmanager' || artefact.format !== 'yaml') return [];
  const found: TemplateText[] = [];
  const visit = (value: unknown, pointer: string): void => {
    if (typeof value === 'string') found.push({ artefact, pointer, text: value });
    else if (typeof value === 'object' && value !== null)
      for (const [key, inner] of Object.entries(value)) visit(inner, `${pointer}/${key}`);
  };
  const { receivers } = artefact.value as { readonly receivers?: unknown };
  visit(receivers, '/receivers');
  return found;
};

/** Checks that every template of a notification is defined, and that the annotations it prints are set by some alert. */
export const validateTemplates = (
  artefacts: readonly Artefact[],
  { ruleGroups }: Pick<Model, 'ruleGroups'>,
  report: Report,
): void => {
  const texts = artefacts.flatMap(textsOf);
  const defined = new Set(texts.flatMap(({ text }) => namesIn(text, DEFINED)));
  const rules = ruleGroups.flatMap((group) => group.rules);
  const annotations = new Set(rules.flatMap((rule) => (rule.kind === 'alerting' ? Object.keys(rule.annotations) : [])));
  const seen = new Set<string>();
  for (const { artefact, pointer, text } of texts) {
    const { path } = artefact;
    for (const template of namesIn(text, USED)) {
      if (defined.has(template) || BUILT_IN.test(template) || seen.has(`${path} ${template}`)) continue;
      seen.add(`${path} ${template}`);
      const suggestions = suggest(template, defined);
      report.add('routing/template-undefined', { path, template, suggestions }, originAt(artefact, pointer));
    }
    for (const annotation of annotations.size === 0 ? [] : namesIn(text, ANNOTATION)) {
      if (annotations.has(annotation) || METHODS.includes(annotation) || seen.has(`${path} .${annotation}`)) continue;
      seen.add(`${path} .${annotation}`);
      const suggestions = suggest(annotation, annotations);
      report.add('routing/template-annotation', { path, annotation, suggestions }, originAt(artefact, pointer));
    }
  }
};
