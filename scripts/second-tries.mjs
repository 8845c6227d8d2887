/** A reporter of vitest that lists the tests which passed on a later try only, with what failed before. */
export default class SecondTries {
  #found = [];

  /** Called by vitest at the end of each test. */
  onTestCaseResult(test) {
    if (test.diagnostic()?.flaky) this.#found.push(test);
  }

  /** Called by vitest at the end of the run. */
  onTestRunEnd() {
    if (this.#found.length === 0) return;
    console.log("\nPassed on a second try:");
    for (const test of this.#found) {
      console.log(`- ${test.module.relativeModuleId ?? test.module.moduleId}: ${test.fullName}`);
      for (const { message } of test.result().errors ?? []) console.log(message.replace(/^/gm, "    "));
    }
  }
}
