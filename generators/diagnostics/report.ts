import type { Code, CodeData } from './codes.ts';
import { CODES } from './codes.ts';
import type { Diagnostic, Fragment, Location, Origin, Related } from './diagnostic.ts';

/** Where stages put their findings. */
export interface Report {
  /** Adds a finding; its severity is the code's. */
  add<C extends Code>(
    code: C,
    data: CodeData<C>,
    at?: Origin | Location,
    more?: { readonly fragments?: readonly Fragment[]; readonly related?: readonly Related[] },
  ): void;
  readonly hasErrors: boolean;
  list(): readonly Diagnostic[];
}

/** An empty report. */
export const createReport = (): Report => {
  const found: Diagnostic[] = [];
  let errors = 0;
  return {
    add: (code, data, at, more) => {
      const severity = CODES[code].severity;
      if (severity === 'error') errors += 1;
      found.push({ code, data, severity, ...(at ? { at } : {}), ...more } as Diagnostic);
    },
    get hasErrors() {
      return errors > 0;
    },
    list: () => found,
  };
};
