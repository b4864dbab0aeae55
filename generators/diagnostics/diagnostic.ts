import type { CallSite } from './call-site.ts';
import type { Code, CodeData } from './codes.ts';

/** How bad a finding is. */
export type Severity = 'error' | 'warning' | 'info';

/** The way from an object to one of its properties. */
export type PropertyPath = readonly (string | number)[];

/**
 * What a thing in the model or in the output was made from. Cheap to make: the line is looked up only for a finding.
 * `path` leads from the object literal that the call at `site` was given (or, without a site, that the file exports) to
 * the property.
 */
export interface Origin {
  /** The definition file, relative to the project's root, with forward slashes. */
  readonly file: string;
  readonly site?: CallSite;
  readonly path: PropertyPath;
  /** Whether the name of the property is meant (an unknown key) or what it is set to; the latter when absent. */
  readonly on?: 'key' | 'value';
  /** Who is meant, for people: `migrated-components / cache / hit-rate`. */
  readonly subject?: string;
}

/** A place in a text file; lines and columns count from 1, columns in UTF-16 code units. */
export interface Location {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** A place in generated or embedded text (a query, a template) that a finding points at. */
export interface Fragment {
  /** Where the text is or would be: `out/prometheus/rules/x.yml`, `query`. */
  readonly artefact: string;
  readonly text: string;
  readonly from: number;
  readonly to: number;
  readonly note?: string;
}

/** A second place that helps to understand a finding (the first declaration of a duplicate, ...). */
export interface Related {
  readonly note: string;
  readonly at: Origin | Location;
}

/** One finding. Its prose is made from `code` and `data` in one place (codes.ts). */
export type Diagnostic = {
  readonly [C in Code]: {
    readonly code: C;
    readonly data: CodeData<C>;
    readonly severity: Severity;
    /** Where it is: a definition (its line is looked up later) or a place that is known already (a foreign file). */
    readonly at?: Origin | Location;
    readonly fragments?: readonly Fragment[];
    readonly related?: readonly Related[];
  };
}[Code];

/** A finding with its prose and its place, ready to be shown: the JSON form of design.md section 8. */
export interface Finding {
  readonly code: Code;
  readonly severity: Severity;
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly endLine?: number;
  readonly endColumn?: number;
  /** The property that is meant: `components.cache.levels.hitRate.warning`. */
  readonly property?: string;
  readonly subject?: string;
  readonly hint?: string;
  readonly fragments?: readonly Fragment[];
  readonly related?: readonly {
    readonly note: string;
    readonly file: string;
    readonly line: number;
    readonly column: number;
  }[];
}
