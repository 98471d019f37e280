import type { Reporter, TestModule, TestRunEndReason, Vitest } from 'vitest/node';

/** Ends a run's output with one line that says how many tests passed and failed. */
export default class Tally implements Reporter {
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest) {
    this.#vitest = vitest;
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
    const { passed, failed, skipped } = counts;
    const line = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
    // The other reporters write at the end of a run too, in no promised order.
    if (this.#vitest?.config.watch) console.log(line);
    else process.once('exit', () => process.stdout.write(`${line}\n`));
  }
}
