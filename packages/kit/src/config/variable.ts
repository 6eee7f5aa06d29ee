/** How a value is parsed. `list` is comma-separated; a `duration` is a whole number of milliseconds. */
export type VariableFormat =
  'string' | 'int' | 'number' | 'boolean' | 'url' | 'enum' | 'duration' | 'list' | 'host' | 'port'

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
  /** Never shown, and refused when weak. Default false. */
  readonly secret?: boolean
  /** A credential of a third party: its `pattern` is checked at the start. Default false. */
  readonly thirdParty?: boolean
  /** Smallest number, or fewest characters. */
  readonly min?: number
  /** Largest number, or most characters. Default 8,192 characters. */
  readonly max?: number
  /** Allowed values of an `enum`. */
  readonly values?: readonly string[]
  /** Regular expression that the whole value must match. */
  readonly pattern?: string
  /** Allowed schemes of a `url`, without the colon. Default http and https. */
  readonly schemes?: readonly string[]
  /** Used when the variable is absent or empty, written as it would be in the environment. Never for a secret. */
  readonly fallback?: string
  /** Environments in which a `boolean` may not be true. */
  readonly refusedIn?: readonly string[]
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

/** Types a registry without widening it. */
export function defineVariables<const R extends Registry>(registry: R): R {
  return registry
}
