/** One thing that is wrong with the environment. Never holds the value. */
export interface ConfigProblem {
  /** Name of the variable, or what else is wrong: `node`, `line 3`. */
  readonly variable: string
  /** What is wrong with it, to be read after the name: `is required and missing`. */
  readonly problem: string
}

const PROBLEMS_MAX = 500
const MESSAGE_CHARS_MAX = 16_384

/**
 * The environment is wrong: the process must not start. Holds every problem there is, not the first; of more than 500
 * the first 500, and of the message 16,384 characters.
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly code = 'config_invalid'
  readonly problems: readonly ConfigProblem[]

  constructor(problems: readonly ConfigProblem[]) {
    super(
      `the configuration is wrong in ${problems.length} place${problems.length === 1 ? '' : 's'}: ${problems
        .slice(0, PROBLEMS_MAX)
        .map((one) => `${one.variable} ${one.problem}`)
        .join('; ')}`.slice(0, MESSAGE_CHARS_MAX),
    )
    this.problems = problems.slice(0, PROBLEMS_MAX)
  }
}
