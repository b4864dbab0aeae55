import { describe, expect, it } from 'vitest';
import { withEarlier } from './main.ts';
import { toJson, toMarkdown } from './report.ts';
import type { CampaignResult, DrillResult, SystemResult } from './result.ts';

const campaign = (system: string, id: string, problems: readonly string[] = []): CampaignResult => ({
  system,
  id,
  began: '2026-01-01T00:00:00.000Z',
  what: 'something',
  alerts: [],
  companions: [],
  seconds: 30,
  problems,
});

const part = (system: string, campaigns: readonly CampaignResult[]): SystemResult => ({
  system,
  began: '2026-01-01T00:00:00.000Z',
  seconds: 60,
  campaigns,
  checks: [],
  impossible: {},
  problems: [],
});

const result = (...systems: readonly SystemResult[]): DrillResult => ({
  began: '2026-01-01T00:00:00.000Z',
  seconds: 60,
  isShort: false,
  versions: { Prometheus: '2.42.0' },
  factors: { thresholds: 60 },
  tolerance: 3000,
  systems,
});

describe('a report that a later drill is merged with', () => {
  const earlier = toJson(
    result(
      part('networx', [campaign('networx', 'silent', ['too late']), campaign('networx', 'slow')]),
      part('contentmax', [campaign('contentmax', 'silent')]),
    ),
  );

  it('keeps what was not drilled again, in the order of the plans', () => {
    const { systems, seconds } = withEarlier(result(part('networx', [campaign('networx', 'silent')])), earlier);
    expect(systems.map(({ system }) => system)).toEqual(['contentmax', 'networx']);
    expect(systems[1]?.campaigns.map(({ id, problems }) => [id, problems])).toEqual([
      ['slow', []],
      ['silent', []],
    ]);
    expect(seconds).toBe(120);
  });

  it('has a system of its own that was not there', () => {
    const { systems } = withEarlier(result(part('bizra-node0', [])), earlier);
    expect(systems.map(({ system }) => system)).toEqual(['bizra-node0', 'contentmax', 'networx']);
    expect(toMarkdown(result(...systems))).toContain('Prometheus 2.42.0');
  });

  it('is refused when it is a short one, or none', () => {
    expect(() => withEarlier(result(), toJson({ ...result(), isShort: true }))).toThrow('no report of a whole drill');
    expect(() => withEarlier(result(), '{}')).toThrow('no report of a whole drill');
  });
});
