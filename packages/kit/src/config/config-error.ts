/** One thing that is wrong with the environment. Never holds the value. */
export interface ConfigProblem {
  readonly variable: string
  readonly problem: string
}

/** The environment is wrong: the process must not start. Holds every problem there is, not the first. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly code = 'config_invalid'
  readonly problems: readonly ConfigProblem[]

  constructor(problems: readonly ConfigProblem[]) {
    super(
      `the configuration is wrong in ${problems.length} place${problems.length === 1 ? '' : 's'}: ` +
        problems.map((one) => `${one.variable} ${one.problem}`).join('; '),
    )
    this.problems = problems
  }
}
