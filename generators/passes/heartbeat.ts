import { ANNOTATIONS, groupName, HEARTBEAT_ALERT, LABELS, PROJECT_SCOPE } from '../conventions.ts';
import type { AlertingRule, Heartbeat } from '../model/model.ts';
import { minutes, toMilliseconds } from '../model/quantities.ts';
import * as build from '../promql/build.ts';
import { definePass } from './pass.ts';

/** The severity of the heartbeat: it is no level of the project, since it is no trouble. */
const HEARTBEAT_SEVERITY = 'none';

/** The alert that fires while all is well, so that somebody notices when alerts no longer arrive. */
export const heartbeat = definePass({
  id: 'heartbeat',
  summary: 'the heartbeat becomes an alert that fires for as long as Prometheus stores what it scrapes',
  run: (model) => {
    const { heartbeat: beat } = model.project;
    if (!beat) return model;
    const group = { name: groupName(PROJECT_SCOPE, 'heartbeat'), system: PROJECT_SCOPE, rules: [toRule(beat)] };
    return { ...model, ruleGroups: [...model.ruleGroups, group] };
  },
});

/** What is older was not stored lately. */
const FRESH = toMilliseconds(minutes(2));

const toRule = ({ origin }: Heartbeat): AlertingRule => ({
  kind: 'alerting',
  alert: HEARTBEAT_ALERT,
  // Not a plain 1: a Prometheus whose disk is full goes on to evaluate and to send, but about nothing.
  expr: build.aggregate('group', build.call('last_over_time', build.range(build.selector('up'), FRESH))),
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
    [ANNOTATIONS.description]:
      'This alert fires for as long as Prometheus stores what it scrapes. Whoever gets it raises the alarm when it no longer comes.',
  },
  resultLabels: [],
  origin,
});
