import type { PropertyPath } from '../../diagnostics/diagnostic.ts';
import type { Reader } from './reader.ts';
import { join } from './reader.ts';

/** Texts that are secrets by their form, with what they are. Public, documented forms of the services' own keys. */
const FORMS: readonly (readonly [string, RegExp])[] = [
  ['a Slack webhook URL', /\bhttps:\/\/hooks\.slack(?:-gov)?\.com\/(?:services|workflows|triggers)\/\S+/],
  ['a Slack token', /\bxox[abeoprs]-[\w-]{10,}/],
  ['a GitHub token', /\b(?:gh[pousr]_\w{30,}|github_pat_\w{30,})/],
  ['an AWS access key', /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/],
  ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----/],
  ['a JSON web token', /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}/],
  ['a Telegram bot token', /\b\d{8,10}:[\w-]{35}\b/],
  ['a Grafana token', /\bgl(?:sa|c)_[\w-]{20,}/],
  ['a GitLab token', /\bglpat-[\w-]{20,}/],
  ['a Google API key', /\bAIza[\w-]{35}(?![\w-])/],
  ['a SendGrid key', /\bSG\.[\w-]{16,}\.[\w-]{16,}/],
  ['a Stripe key', /\b[rs]k_live_\w{16,}/],
  ['a PagerDuty routing key', /^(?:[0-9a-f]{32}|R0[0-9A-Z]{30})$/],
  ['an authorization header', /\b(?:Bearer|Basic)\s+[\w+/.=-]{16,}/],
  ['a URL with a secret', /\bhttps?:\/\/\S+[?&](?:access_token|api_?key|apikey|key|secret|sig|token)=[^\s&]{8,}/i],
  ['a URL with a password', /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]+:[^\s/@]+@/i],
  ['a Discord webhook URL', /\bhttps:\/\/(?:ptb\.|canary\.)?discord(?:app)?\.com\/api\/webhooks\/\S+/],
  ['a Teams webhook URL', /\bhttps:\/\/[\w.-]+\.webhook\.office\.com\/\S+/],
];

/** Properties whose value is a secret whatever it looks like; the `...File` form of each is the way to do it. */
const NAMES =
  /^(?:apiUrl|apiKey|routingKey|serviceKey|integrationKey|password|passwd|secret|clientSecret|token|botToken|bearerToken|credentials|privateKey)$/i;

/** Every text below a value, each object once. */
const textsIn = (value: unknown, seen: Set<object> = new Set()): readonly string[] => {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null || seen.has(value)) return [];
  seen.add(value);
  return Object.values(value).flatMap((inner) => textsIn(inner, seen));
};

/** Reports every text in a definition that is a secret by its form or by the name of its property. */
export const reportSecrets = (reader: Reader, input: unknown): void => {
  const seen = new Set<object>();
  const checkForm = (text: string, path: PropertyPath): boolean => {
    const form = FORMS.find(([, pattern]) => pattern.test(text))?.[0];
    if (form !== undefined) {
      reader.report.add('definition/secret', { property: join(path), kind: form }, reader.at(path));
    }
    return form !== undefined;
  };
  const visit = (value: unknown, path: PropertyPath): void => {
    if (typeof value === 'string') {
      const name = String(path.at(-1) ?? '');
      if (!checkForm(value, path) && NAMES.test(name) && value !== '') {
        reader.report.add(
          'definition/secret',
          { property: join(path), kind: `the property is called ${name}` },
          reader.at(path),
        );
      }
      return;
    }
    if (typeof value !== 'object' || value === null || seen.has(value)) return;
    seen.add(value);
    const { kind, input: inner } = value as { kind?: unknown; input?: unknown };
    if (kind === 'query' || kind === 'selection' || kind === 'metric') {
      // The names in there are those of metrics and labels: only the form of a text can give it away.
      for (const text of textsIn(value)) checkForm(text, path);
      return;
    }
    if (kind === 'monitor' || kind === 'threshold') visit(inner, path);
    else
      for (const [key, property] of Object.entries(value))
        visit(property, [...path, Array.isArray(value) ? Number(key) : key]);
  };
  visit(input, []);
};
