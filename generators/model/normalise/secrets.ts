import type { PropertyPath } from '../../diagnostics/diagnostic.ts';
import type { Reader } from './reader.ts';
import { join } from './reader.ts';

/** Texts that are secrets by their form, with what they are. Public, documented forms of the services' own keys. */
const FORMS: readonly (readonly [string, RegExp])[] = [
  ['a Slack webhook URL', /^https:\/\/hooks\.slack(?:-gov)?\.com\/(?:services|workflows|triggers)\/\S+/],
  ['a Slack token', /\bxox[abeoprs]-[\w-]{10,}/],
  ['a GitHub token', /\b(?:gh[pousr]_\w{30,}|github_pat_\w{30,})/],
  ['an AWS access key', /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/],
  ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ['a JSON web token', /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}/],
  ['a Telegram bot token', /\b\d{8,10}:[\w-]{35}\b/],
  ['a Grafana token', /\bgl(?:sa|c)_[\w-]{20,}/],
  ['a URL with a password', /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]+:[^\s/@]+@/i],
  ['a Discord webhook URL', /^https:\/\/(?:ptb\.|canary\.)?discord(?:app)?\.com\/api\/webhooks\/\S+/],
  ['a Teams webhook URL', /^https:\/\/\S+\.webhook\.office\.com\/\S+/],
];

/** Properties whose value is a secret whatever it looks like; the `...File` form of each is the way to do it. */
const NAMES =
  /^(?:apiUrl|apiKey|routingKey|serviceKey|integrationKey|password|passwd|secret|clientSecret|token|botToken|bearerToken|credentials|privateKey)$/i;

/** Reports every text in a definition that is a secret by its form or by the name of its property. */
export const reportSecrets = (reader: Reader, input: unknown): void => {
  const seen = new Set<object>();
  const visit = (value: unknown, path: PropertyPath): void => {
    if (typeof value === 'string') {
      const name = String(path.at(-1) ?? '');
      const form =
        FORMS.find(([, pattern]) => pattern.test(value))?.[0] ??
        (NAMES.test(name) && value !== '' ? `the property is called ${name}` : undefined);
      if (form !== undefined)
        reader.report.add('definition/secret', { property: join(path), kind: form }, reader.at(path));
      return;
    }
    if (typeof value !== 'object' || value === null || seen.has(value)) return;
    seen.add(value);
    const { kind, input: inner } = value as { kind?: unknown; input?: unknown };
    if (kind === 'query' || kind === 'selection' || kind === 'metric') return;
    if (kind === 'monitor' || kind === 'threshold') visit(inner, path);
    else
      for (const [key, property] of Object.entries(value))
        visit(property, [...path, Array.isArray(value) ? Number(key) : key]);
  };
  visit(input, []);
};
