/** A lock in one shape: what each project of it declares, and what it would install. */
export interface Lock {
  /**
   * Whether the lock holds a declared dependency the way it is declared. `project` is its folder ('.' for the lock's own).
   * `outside`: the locked version is none that the specification allows.
   */
  declared(project: string, name: string, spec: string): 'agrees' | 'missing' | 'differs' | 'outside'
  readonly hasProject: (project: string) => boolean
  /** Dependencies that the project declared when the lock was written; null: this kind of lock does not say. */
  readonly names: (project: string) => readonly string[] | null
  /** Packages that locked ones need and that the lock does not hold. */
  readonly holes: readonly { readonly name: string; readonly neededBy: string }[]
  readonly entries: readonly {
    readonly name: string
    readonly version: string
    readonly hashed: boolean
    readonly source: string
  }[]
}

type Rec = { readonly [key: string]: unknown }
export function record(value: unknown): Rec {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Rec) : {}
}
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
export function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** Name of a Python package as indexes compare it. */
export function pythonName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-')
}
