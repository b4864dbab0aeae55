import type { Report } from '../diagnostics/report.ts';
import type { Model } from '../model/model.ts';
import type { Artefact } from '../output/artefact.ts';

/** One kind of output. `emit` is pure; it is async only so that a heavy library is loaded when it is needed. */
export interface Target {
  /** The folder's name and the folder under out/. */
  readonly id: string;
  readonly summary: string;
  emit(model: Model, report: Report): Promise<readonly Artefact[]>;
}

/** Checks and types a target; `defineX` is how every unit is made. */
export const defineTarget = (target: Target): Target => target;
