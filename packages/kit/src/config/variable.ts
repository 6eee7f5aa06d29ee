/** How a value is parsed. `list` is comma-separated; a `duration` is a whole number of milliseconds. */
export type VariableFormat =
  'string' | 'int' | 'number' | 'boolean' | 'url' | 'enum' | 'duration' | 'list' | 'host' | 'port'

/** How live keys of a supplier look, and how its test keys do: regular expressions that match from the first character. */
export interface KeyKinds {
  /** As `sk_live_`. */
  readonly live: string
  /** As `sk_test_`. */
  readonly test: string
}

/**
 * One environment variable: what it is for, who supplies it, how it looks and whether it may be shown.
 * The registry of these is the only way a service of ours learns anything from its environment.
 */
export interface Variable {
  /** What it is for, in one sentence; becomes the comment in the example file. */
  readonly reason: string
  /** Who supplies it: `platform`, `vault`, `operator`, or the name of a third party. */
  readonly supplier: string
  readonly format: VariableFormat
  /** Without it the service must refuse to start. Default false. */
  readonly required?: boolean
  /** Environments in which it is required although it is not everywhere. Default none. */
  readonly requiredIn?: readonly string[]
  /** Never shown, and refused when weak. Default false. */
  readonly secret?: boolean
  /** A credential of a third party: its `pattern` is checked at the start. Default false. */
  readonly thirdParty?: boolean
  /**
   * The supplier hands out live and test keys: test keys are refused in production, live ones everywhere else, and what
   * is neither is refused. Needs `LoadOptions.lock`. Default: there is one kind.
   */
  readonly keyKinds?: KeyKinds
  /** Smallest number, or fewest characters. */
  readonly min?: number
  /** Largest number, or most characters. Default 8,192 characters; never more than 65,536. */
  readonly max?: number
  /** Allowed values of an `enum`. */
  readonly values?: readonly string[]
  /** Regular expression that the whole value must match; of a `list`, each item. */
  readonly pattern?: string
  /** Allowed schemes of a `url`, without the colon. Default http and https. */
  readonly schemes?: readonly string[]
  /** Used when the variable is absent or empty, written as it would be in the environment. Never for a secret. */
  readonly fallback?: string
  /** Environments in which a `boolean` may not be true. */
  readonly refusedIn?: readonly string[]
  /**
   * A switch for development: a `boolean` that may not be true in production (see `LoadOptions.production`).
   * Default: when DEBUG is a word of its name.
   */
  readonly debug?: boolean
  /**
   * Whether it may name this very machine in production (see `LoadOptions.production`): `localhost`, `127.0.0.1`, `::1`.
   * Default `refused` for a `url` and for a `list` with URLs in it, `allowed` for a `host`, which may be one to listen on.
   */
  readonly loopback?: 'allowed' | 'refused'
  /**
   * Whether the value may come from a file that `<NAME>_FILE` names, as secrets of Docker and Kubernetes do.
   * Default: for secrets.
   */
  readonly fromFile?: boolean
  /** A `string` that may hold line ends and tabs, a PEM key for instance. Default false. */
  readonly multiline?: boolean
  /** A reload that changes it is refused: it takes a restart. Default false. */
  readonly restart?: boolean
}

export type Registry = Readonly<Record<string, Variable>>

type ValueOf<V extends Variable> = V extends { format: 'int' | 'number' | 'duration' | 'port' }
  ? number
  : V extends { format: 'boolean' }
    ? boolean
    : V extends { format: 'list' }
      ? readonly string[]
      : V extends { format: 'enum'; values: readonly (infer T)[] }
        ? T
        : string

/** The parsed values: undefined only for what is neither required nor has a fallback. */
export type ConfigOf<R extends Registry> = {
  readonly [K in keyof R]: R[K] extends { required: true } | { fallback: string }
    ? ValueOf<R[K]>
    : ValueOf<R[K]> | undefined
}

/** Whether the value may come from a file; not when the registry uses that name for something else. */
export function fileVariableOf(registry: Registry, name: string): string | null {
  const variable = registry[name]
  const allowed = variable?.fromFile ?? variable?.secret ?? false
  return allowed && !Object.hasOwn(registry, `${name}_FILE`) ? `${name}_FILE` : null
}

function compiles(pattern: string | undefined): boolean {
  try {
    return pattern === undefined || new RegExp(`^(?:${pattern})$`) instanceof RegExp
  } catch {
    return false
  }
}

function defect(name: string, variable: Variable): string {
  const { format, min, max, keyKinds, fallback, required } = variable
  if (!/^[A-Z][A-Z0-9_]{0,63}$/.test(name)) return 'needs a name of up to 64 capitals, digits and underscores'
  if (!variable.reason || !variable.supplier) return 'needs a reason and a supplier'
  if (format === 'enum' && !variable.values?.length) return 'is an enum and needs values'
  if (!compiles(variable.pattern)) return 'has a pattern that is no regular expression'
  if (min !== undefined && max !== undefined && min > max) return `has a min of ${min} above its max of ${max}`
  if (variable.secret && fallback !== undefined)
    return 'is a secret and must not have a fallback: it would be in the code'
  if (required && fallback !== undefined) return 'is required, so its fallback could never be used'
  if (keyKinds && !(format === 'string' && compiles(keyKinds.live) && compiles(keyKinds.test)))
    return 'has keyKinds, which take a string and two regular expressions'
  if (variable.multiline && format !== 'string') return 'is multiline, which only a string can be'
  if ((variable.refusedIn ?? variable.debug) && format !== 'boolean')
    return 'has refusedIn or debug, which take a boolean'
  return ''
}

/**
 * Types a registry without widening it, and checks it.
 *
 * @example
 * export const variables = defineVariables({
 *   APP_ENV: { reason: 'Environment.', supplier: 'platform', format: 'enum', values: ['local', 'production'], required: true },
 *   STRIPE_KEY: {
 *     reason: 'Charges cards.', supplier: 'Stripe', format: 'string', required: true, secret: true, thirdParty: true,
 *     pattern: 'sk_(?:live|test)_[A-Za-z0-9]{24,}', keyKinds: { live: 'sk_live_', test: 'sk_test_' },
 *   },
 * })
 *
 * @throws RangeError for a variable that could never be read as declared: a malformed name, an enum without values, a
 * pattern that is none, a secret with a fallback, an option of another format
 */
export function defineVariables<const R extends Registry>(registry: R): R {
  for (const [name, variable] of Object.entries(registry)) {
    const problem = defect(name, variable)
    if (problem) throw new RangeError(`variable ${name} ${problem}`)
  }
  return registry
}
