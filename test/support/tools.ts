import { fileURLToPath } from 'node:url';
import { TestRunner } from 'vitest';
import { findProgram } from '../../scripts/stack/programs.ts';
import { missingNote } from './summary-reporter.ts';

/** The programs that judge what Tocsin makes. */
export type ToolName = 'promtool' | 'amtool' | 'prometheus' | 'alertmanager' | 'postgres' | 'initdb' | 'redis-server';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The path of a program: the one that set-up put into .tools/bin, or else the first one that this machine has. */
export const findTool = (name: ToolName): string | undefined => findProgram(ROOT, name, process.env['PATH']);

/** For a long `promtool test rules`: Go collects garbage less often, which takes a fifth off its time. */
export const patientPromtool = (): NodeJS.ProcessEnv => ({ ...process.env, GOGC: '400' });

/**
 * The path of a program that the running test cannot do without. Without it the test is skipped, and the summary names the
 * program; where CI=true it fails. To be called in the test itself.
 */
export const requireTool = (name: ToolName): string => {
  const path = findTool(name);
  if (path !== undefined) return path;
  const test = TestRunner.getCurrentTest();
  if (test === undefined) throw new Error(`requireTool('${name}') was called outside a test`);
  if (process.env['CI'] === 'true') throw new Error(`${missingNote(name)} (npm run setup says how to get it)`);
  return test.context.skip(missingNote(name));
};
