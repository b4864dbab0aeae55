import { ANNOTATIONS, groupName, HEARTBEAT_ALERT, LABELS, PROJECT_SCOPE } from '../conventions.ts';
import type { AlertingRule, Heartbeat } from '../model/model.ts';
import * as build from '../promql/build.ts';
import { definePass } from './pass.ts';

/** The severity of the heartbeat: it is no level of the project, since it is no trouble. */
export const HEARTBEAT_SEVERITY = 'none';

/** The alert that always fires, so that somebody notices when alerts no longer arrive. */
export const heartbeat = definePass({
  id: 'heartbeat',
  summary: 'the heartbeat becomes an alert that always fires',
  run: (model) => {
    const { heartbeat: beat } = model.project;
    if (!beat) return model;
    const group = { name: groupName(PROJECT_SCOPE, 'heartbeat'), system: PROJECT_SCOPE, rules: [toRule(beat)] };
    return { ...model, ruleGroups: [...model.ruleGroups, group] };
  },
});

const toRule = ({ origin }: Heartbeat): AlertingRule => ({
  kind: 'alerting',
  alert: HEARTBEAT_ALERT,
  expr: build.call('vector', build.number(1)),
  for: 0,
  keepFiringFor: 0,
  severity: HEARTBEAT_SEVERITY,
  team: '',
  system: PROJECT_SCOPE,
  component: undefined,
  source: { kind: 'heartbeat' },
  labels: { [LABELS.severity]: HEARTBEAT_SEVERITY },
  annotations: {
    [ANNOTATIONS.summary]: 'The way from Prometheus to whoever is told works',
    [ANNOTATIONS.description]: 'This alert always fires. Whoever gets it raises the alarm when it no longer comes.',
  },
  resultLabels: [],
  origin,
});
