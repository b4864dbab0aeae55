import type { Origin } from '../diagnostics/diagnostic.ts';

/** A JSON value with keys in the order they shall be written. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/** What every artefact has. */
interface ArtefactBase {
  /** Where it goes, relative to out/, with forward slashes. */
  readonly path: string;
  /** The target that made it. */
  readonly target: string;
  /** Which definition a part of it came from, by JSON pointer; the longest pointer that is a prefix counts, '' is the whole file. */
  readonly origins: ReadonlyMap<string, Origin>;
}

/** One generated file, before it is text. `documents` are several YAML documents in one file. */
export type Artefact = ArtefactBase &
  (
    | { readonly format: 'yaml' | 'json'; readonly value: Json }
    | { readonly format: 'yaml-documents'; readonly documents: readonly Json[] }
    | { readonly format: 'markdown'; readonly text: string }
    | { readonly format: 'go-template'; readonly text: string }
  );

/** An artefact as it will be written. */
export interface OutputFile {
  readonly path: string;
  readonly text: string;
}
