/**
 * Every operating error of Greengate: the code, what the process exits with, and how a person gets out of it.
 * `docs/reference/errors.md` is generated from this registry. Exit 2: the call or the configuration is wrong.
 * Exit 3: Greengate itself failed.
 */
export const ERROR_CODES = {
  CONFIG_NOT_FOUND: { exit: 2, help: 'Run `greengate init`, or name the file with --config.' },
  CONFIG_UNREADABLE: { exit: 2, help: 'Correct the syntax at the place named, then run again.' },
  CONFIG_INVALID: { exit: 2, help: 'Correct the key named; docs/reference/configuration.md lists every key.' },
  USAGE: { exit: 2, help: 'Run `greengate --help`.' },
  CONTROL_UNKNOWN: { exit: 2, help: 'Run `greengate controls` for the ids.' },
  STANDARD_UNKNOWN: { exit: 2, help: 'Run `greengate controls --standards` for the names.' },
  POLICY_INVALID: { exit: 2, help: 'Correct the policy, or name one that its approvers signed.' },
  TRUST_ROOT_INVALID: { exit: 2, help: 'Correct the trust root: docs/guides/authorize.md shows a whole one.' },
  SUBJECT_UNREADABLE: { exit: 2, help: 'Make the file readable, or remove it from the tree.' },
  TREE_TOO_LARGE: { exit: 2, help: 'Name what does not belong to the service in `tree.exclude`.' },
  START_COMMAND_NOT_FOUND: { exit: 2, help: 'Install the program, or correct `start.command`.' },
  SERVICE_NOT_READY: { exit: 2, help: 'Correct `start.ready`, or give it longer with `start.readyTimeoutMs`.' },
  SERVICE_DIED: { exit: 2, help: 'Start it by hand with the command and environment shown, and mend what it prints.' },
  PORT_IN_USE: { exit: 2, help: 'Use the {port} placeholder so that Greengate can choose a free port.' },
  EVIDENCE_INVALID: { exit: 1, help: 'Run the check again: this evidence cannot be trusted.' },
  EVIDENCE_STORE: { exit: 3, help: 'Make the evidence folder writable and leave room on the disk.' },
  LEDGER_INVALID: { exit: 1, help: 'Restore the ledger from its anchored copy; do not repair it by hand.' },
  SIGNER_FAILED: { exit: 3, help: 'See the message of the signing process; the key file must be mode 0600.' },
  SANDBOX_FAILED: { exit: 3, help: 'See the log named; free memory and disk, then run again.' },
  TOOL_MISSING: { exit: 2, help: 'Install the tool with the command named.' },
  TIMEOUT: { exit: 3, help: 'Run again on a quieter machine, or raise the limit named.' },
  INTERNAL: { exit: 3, help: 'This is a defect of Greengate: report it with the message.' },
} as const satisfies Record<string, { exit: 1 | 2 | 3; help: string }>

export type ErrorCode = keyof typeof ERROR_CODES

/** An operating error: it has a code from the registry, says where and what helps, and never needs a stack trace. */
export class GreengateError extends Error {
  readonly code: ErrorCode
  /** File, line, key or address that the message is about; empty if there is none. */
  readonly where: string
  /** What to do about it: specific if given, else the registry's advice. */
  readonly fix: string

  constructor(code: ErrorCode, message: string, options: { where?: string; fix?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'GreengateError'
    this.code = code
    this.where = options.where ?? ''
    this.fix = options.fix ?? ERROR_CODES[code].help
  }

  /** Exit code of a process that ends with this error. */
  get exitCode(): 1 | 2 | 3 {
    return ERROR_CODES[this.code].exit
  }
}

/** Ends the program if `condition` does not hold: for mistakes of the programmer, never for bad input. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`invariant violated: ${message}`)
}
