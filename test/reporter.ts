import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Reporter, TestModule, TestRunEndReason, Vitest } from 'vitest/node';
import { secretsInLogs } from './logs.ts';

/** Ends a run's output with one line that says how many tests passed and failed. What the programs of all tests logged is read as one more test: no secret may be in it. */
export default class Tally implements Reporter {
  #vitest: Vitest | undefined;

  #logs = '';

  onInit(vitest: Vitest) {
    this.#vitest = vitest;
    this.#logs = process.env.KEEP_LOGS = mkdtempSync(join(tmpdir(), 'retort-logs-'));
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[], _reason: TestRunEndReason) {
    const counts = { passed: 0, failed: unhandled.length, skipped: 0 };
    for (const module of modules) {
      // A file that cannot be loaded and a hook that fails have no test of their own to fail.
      for (const suite of [module, ...module.children.allSuites()]) if (suite.errors().length) counts.failed++;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state !== 'pending') counts[state]++;
      }
    }
    const { lines, found } = secretsInLogs(this.#logs);
    rmSync(this.#logs, { recursive: true });
    if (found.length) {
      console.log(`The logs hold what they must not:\n${found.slice(0, 20).join('\n')}`);
      process.exitCode = 1;
    }
    if (lines) counts[found.length ? 'failed' : 'passed']++;
    const { passed, failed, skipped } = counts;
    const line = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
    // The other reporters write at the end of a run too, in no promised order.
    if (this.#vitest?.config.watch) console.log(line);
    else process.once('exit', () => process.stdout.write(`${line}\n`));
  }
}
