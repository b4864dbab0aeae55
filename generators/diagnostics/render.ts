import type { Finding } from './diagnostic.ts';
import { renderGithub } from './render-github.ts';
import { renderJson } from './render-json.ts';
import { renderJunit } from './render-junit.ts';
import type { RenderOptions } from './render-options.ts';
import { renderSarif } from './render-sarif.ts';
import { renderText } from './render-text.ts';

const RENDERERS = {
  text: renderText,
  json: renderJson,
  github: renderGithub,
  sarif: renderSarif,
  junit: renderJunit,
} as const satisfies Readonly<Record<string, (findings: readonly Finding[], options: RenderOptions) => string>>;

/** A way to print findings: `--format`. */
export type Format = keyof typeof RENDERERS;

/** The formats by name, the one for people first. */
export const FORMATS = Object.keys(RENDERERS) as readonly Format[];

/** Findings as text in a format; empty or ended by a line feed. Pure. */
export const render = (findings: readonly Finding[], format: Format, options: RenderOptions = {}): string =>
  RENDERERS[format](findings, options);
