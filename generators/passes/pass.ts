import type { Report } from '../diagnostics/report.ts';
import type { Model } from '../model/model.ts';

/** One step from model to model. Pure and synchronous: it returns a new model, every new node keeps an origin. */
export interface Pass {
  /** The file's name. */
  readonly id: string;
  readonly summary: string;
  run(model: Model, report: Report): Model;
}

/** Checks and types a pass. */
export const definePass = (pass: Pass): Pass => pass;
