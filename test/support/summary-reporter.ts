import type { Reporter } from 'vitest/node';

/** What a test that is skipped for the lack of a program says (tools.ts), and what is counted here. */
export const missingNote = (name: string): string => `missing tool: ${name}`;

const PREFIX = missingNote('');

/** Ends a run with the programs that tests were skipped for, and with the counts on a line of their own. */
export const summaryReporter: Reporter = {
  onTestRunEnd(modules, unhandled) {
    const counts = { passed: 0, failed: unhandled.length, skipped: 0 };
    const missing = new Map<string, number>();
    for (const module of modules) {
      // A file that could not be loaded, or a hook that threw, is a failure without a test of its own.
      if (module.errors().length > 0) counts.failed += 1;
      for (const suite of module.children.allSuites()) if (suite.errors().length > 0) counts.failed += 1;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === 'pending') continue;
        counts[result.state] += 1;
        if (result.state === 'skipped' && result.note?.startsWith(PREFIX)) {
          const name = result.note.slice(PREFIX.length);
          missing.set(name, (missing.get(name) ?? 0) + 1);
        }
      }
    }
    const lines = [`tests: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`];
    if (missing.size > 0) {
      const tools = [...missing].map(([name, n]) => `${name} (${n} ${n === 1 ? 'test' : 'tests'} not run)`);
      lines.unshift(`missing tools: ${tools.join(', ')}; npm run setup says how to get them`);
    }
    process.stdout.write(`${lines.join('\n')}\n`);
  },
};
