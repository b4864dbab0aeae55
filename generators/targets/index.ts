import { alertmanager } from './alertmanager/target.ts';
import { docs } from './docs/target.ts';
import { grafana } from './grafana/target.ts';
import { kubernetes } from './kubernetes/target.ts';
import { prometheus } from './prometheus/target.ts';
import { ruleTests } from './rule-tests/target.ts';
import { runbooks } from './runbooks/target.ts';
import type { Target } from './target.ts';

/** Every target, in the order in which they emit. */
export const targets: readonly Target[] = [prometheus, ruleTests, alertmanager, grafana, kubernetes, runbooks, docs];
