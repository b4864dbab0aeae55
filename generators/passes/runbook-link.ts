import { PATHS } from '../conventions.ts';

/** Where people find the runbook of an alert: what the project publishes is the folder of the runbooks. */
export const runbookLink = (runbooks: string, system: string, alert: string): string =>
  `${runbooks}/${PATHS.runbook(system, alert).replace(/^runbooks\//, '')}`;
